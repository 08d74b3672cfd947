// The power of the oracle and of the checks `split` and `shadow` over foreign configs, on the real Envoy: every seeded mistake
// in what is served is found by the rule or check that is about it, and the same configs without a mistake pass.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shake } from '../../../cli/shake.ts'
import type { ServedPieces } from '../../../cli/shake-meshes.ts'
import type { CheckKind } from '../../../core/check.ts'
import { judgeHistory } from '../../../run/judge.ts'
import { shadow } from '../../shadow.ts'
import { split } from '../../split.ts'
import { policy } from '../policy.ts'
import type { Loose } from './bases.ts'
import { expectSound, type Judged } from './expect-sound.ts'
import { type ForeignBaseName, foreignBases } from './foreign-bases.ts'
import { foreignMistakes } from './foreign-mistakes.ts'

const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-foreign-power-'))
let found = new Map<string, Judged>()
let history = ''

beforeAll(async () => {
  for (const base of Object.keys(foreignBases) as ForeignBaseName[]) writeScenario(`sound-${base}`, base)
  for (const { name, base } of foreignMistakes) writeScenario(name, base)
  const outcome = await shake([folder], 'power', { dir: join(folder, 'reports'), mutateServed })
  const kinds = [policy, split, shadow] as unknown as readonly CheckKind[]
  history = join(outcome.runFolder, 'history.ndjson')
  const { scenarios, problems } = await judgeHistory(history, kinds)
  expect(problems).toEqual([])
  found = new Map(
    scenarios.map(({ scenario, expectations }) => {
      const rules = [...new Set(expectations.flatMap((one) => one.findings).map(({ rule }) => rule))].toSorted()
      const [first] = expectations
      return [scenario.name, { name: scenario.name, verdict: first?.verdict ?? 'none', rules }]
    }),
  )
}, 300_000)

afterAll(() => (process.env.KEEP ? console.log(folder) : rmSync(folder, { recursive: true, force: true })))

function writeScenario(name: string, base: ForeignBaseName): void {
  const { definition, scenario } = foreignBases[base]
  writeFileSync(join(folder, `${name}.envoy.json`), JSON.stringify(definition(), undefined, 1))
  const record = { name, about: `power: ${base}`, mesh: { envoy: `${name}.envoy.json`, node: 'power' }, ...scenario }
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(record, undefined, 1))
}

function mutateServed(scenario: string, served: ServedPieces): ServedPieces {
  const mistake = foreignMistakes.find(({ name }) => name === scenario)
  if (mistake === undefined) return served
  const copy = structuredClone(served)
  const { listeners, clusters } = copy as unknown as { listeners: Loose; clusters: Loose }
  const manager = listeners[0]?.filter_chains?.[0]?.filters?.[0]?.typed_config as Loose
  const host = manager.route_config?.virtual_hosts?.[0] as Loose
  mistake.serve({ routes: host.routes as Loose, host, manager, app: clusters[0] as Loose })
  return copy
}

test('every seeded mistake is found by the rule or check that is about it', () => {
  const missed = foreignMistakes.filter(({ name, rule }) => !found.get(name)?.rules.includes(rule))
  expect(missed.map(({ name, rule }) => `${name}: ${rule}, found ${JSON.stringify(found.get(name))}`)).toEqual([])
  if (process.env.SHAKETABLE_POWER_TABLE !== undefined) {
    for (const { name, rule } of foreignMistakes)
      console.log(`${name} | ${rule} | ${found.get(name)?.rules.join(', ')}`)
  }
})

test('nothing is found where what is declared is served', () => {
  const sound = Object.keys(foreignBases).map((base) => found.get(`sound-${base}`))
  expectSound(sound, history)
})
