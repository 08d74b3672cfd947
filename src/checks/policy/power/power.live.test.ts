// The power of the oracle, on the real Envoy: every seeded mistake in what is served is found, by the rule that is about it,
// with `policy` as the only expectation; the same meshes without a mistake pass; and no rule is idle: with any one of them
// switched off, a mistake stays alive. The run is recorded once and judged again for each rule.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shake } from '../../../cli/shake.ts'
import type { CheckKind } from '../../../core/check.ts'
import type { XdsResources } from '../../../mesh/compile.ts'
import { judgeHistory } from '../../../run/judge.ts'
import { type PolicyConfig, policy, policyRuleNames } from '../policy.ts'
import { type BaseName, bases, type LooseRecord } from './bases.ts'
import { expectSound, type Judged } from './expect-sound.ts'
import { type Dependency, type Mistake, mistakes } from './mistakes.ts'

const seed = 'power'
const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-power-'))
let history = ''

interface Found extends Judged {
  readonly requestIds: readonly string[]
}

beforeAll(async () => {
  for (const name of Object.keys(bases) as BaseName[]) writeScenario(`sound-${name}`, name)
  for (const mistake of mistakes) writeScenario(mistake.name, mistake.base, mistake)
  const outcome = await shake([folder], seed, { dir: join(folder, 'reports'), mutateServed })
  history = join(outcome.runFolder, 'history.ndjson')
})

afterAll(() => (process.env.KEEP ? console.log(folder) : rmSync(folder, { recursive: true, force: true })))

/** Definitions and scenarios are JSON, which is YAML too. */
function writeScenario(name: string, base: BaseName, mistake?: Mistake): void {
  const served = structuredClone(bases[base].definition()) as { dependencies: Dependency[] }
  const [first] = served.dependencies
  if (first !== undefined) mistake?.define?.(first, served.dependencies)
  const write = (file: string, value: unknown) => writeFileSync(join(folder, file), JSON.stringify(value, undefined, 1))
  write(`${name}.declared.json`, bases[base].definition())
  write(`${name}.served.json`, served)
  write(`${name}.yaml`, {
    name,
    about: `power: ${base}`,
    mesh: { definition: `${name}.served.json`, declared: `${name}.declared.json`, node: 'power' },
    expect: [{ policy: {} }],
    ...bases[base].scenario,
  })
}

function mutateServed(scenario: string, served: XdsResources): XdsResources {
  const mistake = mistakes.find(({ name }) => name === scenario)
  if (mistake?.serve === undefined) return served
  const copy = structuredClone(served) as unknown as { clusters: LooseRecord[]; routes: LooseRecord[] }
  const hosts = copy.routes.flatMap((config) => config.virtual_hosts as LooseRecord[])
  const routes = hosts.flatMap((host) => host.routes as LooseRecord[])
  mistake.serve({ cluster: copy.clusters[0] ?? {}, routes })
  return copy as unknown as XdsResources
}

async function judged(disable: readonly string[]): Promise<ReadonlyMap<string, Found>> {
  const kind: CheckKind<PolicyConfig> = {
    ...policy,
    start: (config, context) => policy.start({ ...config, disable: [...disable] }, context),
  }
  const { scenarios, problems } = await judgeHistory(history, [kind as unknown as CheckKind])
  expect(problems).toEqual([])
  return new Map(
    scenarios.map(({ scenario, expectations }) => {
      const findings = expectations.flatMap((one) => one.findings)
      return [
        scenario.name,
        {
          name: scenario.name,
          verdict: expectations[0]?.verdict ?? 'none',
          rules: [...new Set(findings.map(({ rule }) => rule))].toSorted(),
          requestIds: findings.flatMap(({ requestId }) => (requestId === undefined ? [] : [requestId])),
        },
      ]
    }),
  )
}

describe('the policy oracle', () => {
  test('finds every seeded mistake by the rule that is about it', async () => {
    const found = await judged([])
    const missed = mistakes.filter(({ name, rule }) => !found.get(name)?.rules.includes(rule))
    expect(missed.map(({ name, rule }) => `${name}: ${rule}, found ${JSON.stringify(found.get(name))}`)).toEqual([])
    expect(mistakes.filter(({ name }) => found.get(name)?.verdict !== 'fail')).toEqual([])
    if (process.env.SHAKETABLE_POWER_TABLE !== undefined) {
      for (const { name, field, rule } of mistakes) {
        console.log(`${name} | ${field} | ${rule} | ${found.get(name)?.rules.join(', ')}`)
      }
    }
  })

  test('finds nothing where what is declared is served', async () => {
    const found = await judged([])
    const sound = Object.keys(bases).map((base) => found.get(`sound-${base}`))
    expectSound(sound, history)
  })

  test('has no idle rule: with any one switched off, a mistake stays alive', async () => {
    const idle: string[] = []
    const caught = await judged([])
    for (const rule of policyRuleNames) {
      const found = await judged([rule])
      const alive = mistakes.filter(
        ({ name }) => caught.get(name)?.verdict === 'fail' && found.get(name)?.verdict !== 'fail',
      )
      if (!alive.some((mistake) => mistake.rule === rule)) idle.push(rule)
    }
    expect(idle).toEqual([])
  })

  test('covers every field of a definition that behaviour can show', () => {
    const fields = new Set(mistakes.map(({ field }) => field))
    const shown = [
      ...['name', 'cluster_name', 'sds', 'host_header', 'max_pending_requests', 'max_retries', 'consecutive_5xx'],
      ...['consecutive_gateway_failure', 'interval_ms', 'base_ejection_time_ms', 'max_ejection_percent'],
      ...['enforcing_consecutive_5xx', 'enforcing_consecutive_gateway_failure', 'routes', 'prefix', 'path', 'method'],
      ...['timeout_ms', 'retry_policy', 'retry_on', 'num_retries', 'per_try_timeout_ms'],
      ...['max_connections', 'connect_timeout_ms'],
    ]
    expect(shown.filter((field) => !fields.has(field))).toEqual([])
  })
})
