// The power of `edge` and `callers`, on the real Envoy: every seeded mistake on a served listener is found by the rule that
// is about it; the same listeners without a mistake pass. All listeners stand in one config and one run, and the history
// of each is judged by itself.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { shake } from '../../cli/shake.ts'
import type { ServedPieces } from '../../cli/shake-meshes.ts'
import type { CheckKind } from '../../core/check.ts'
import type { HistoryEvent, HistoryHeader } from '../../core/history.ts'
import { type MeshScenario, meshOf } from '../../core/scenario-record.ts'
import type { Conclusion } from '../../core/verdict.ts'
import type { Resource } from '../../mesh/xds.ts'
import { callers } from '../callers.ts'
import { edge, edgeRules } from './edge.ts'
import { type LooseManager, powerListeners } from './power-listeners.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/foreign/${name}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-edge-'))
let header: HistoryHeader
let events: readonly HistoryEvent[]

type LooseListener = Record<string, unknown> & {
  name: string
  filter_chains: [{ filters: [{ typed_config: LooseManager }] }]
}
const managerOf = (listener: LooseListener): LooseManager => listener.filter_chains[0].filters[0].typed_config

beforeAll(async () => {
  const config = parse(readFileSync(fixture('edge.yaml'), 'utf8')) as {
    static_resources: { listeners: LooseListener[] }
  }
  const [template] = config.static_resources.listeners
  config.static_resources.listeners = powerListeners.map(({ name, declare }) => {
    const listener = { ...structuredClone(template), name } as LooseListener
    managerOf(listener).stat_prefix = name
    declare?.(managerOf(listener))
    return listener
  })
  write('edges.json', config)
  write('edges.yaml', {
    name: 'edges',
    about: 'Sound edges and mistaken ones.',
    mesh: { envoy: 'edges.json' },
    duration: '2s',
    traffic: powerListeners.flatMap(({ name, traffic }) =>
      traffic.map((one) => ({ ...one, request: { ...(one.request as object), listener: name } })),
    ),
    expect: [{ edge: {} }],
  })
  for (const name of ['apart', 'mixed-up']) {
    write(`${name}.yaml`, {
      name,
      about: 'Two callers.',
      mesh: { envoy: fixture('two-callers.yaml') },
      duration: '1s',
      traffic: ['from-web', 'from-batch'].map((listener) => {
        return { request: { host: 'stock', listener }, ratePerSecond: 20, arrivals: 'constant' }
      }),
      faults: [{ name: 'flaky', target: 'stock', plan: { attempts: [503] } }],
      expect: [{ callers: {} }],
    })
  }
  const outcome = await shake([folder], 'edge-power', { dir: join(folder, 'reports'), mutateServed })
  const lines = readFileSync(join(outcome.runFolder, 'history.ndjson'), 'utf8').trimEnd().split('\n')
  const [first, ...rest] = lines.map((line): unknown => JSON.parse(line))
  header = first as HistoryHeader
  events = rest as readonly HistoryEvent[]
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** JSON is YAML too. */
const write = (file: string, value: unknown) => writeFileSync(join(folder, file), JSON.stringify(value, undefined, 1))

function mutateServed(scenario: string, served: ServedPieces): ServedPieces {
  const copy = structuredClone(served.listeners ?? []) as unknown as LooseListener[]
  for (const listener of copy) {
    if (scenario === 'mixed-up') managerOf(listener).stat_prefix = 'web'
    powerListeners.find(({ name }) => name === listener.name)?.serve?.(managerOf(listener))
  }
  return { ...served, listeners: copy as unknown as readonly Resource[] }
}

function scenarioOf(name: string): MeshScenario {
  const found = header.scenarios.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return meshOf(found)
}

/** What a check concludes of the requests that came in by one listener only, or by all. */
function judged<Config>(kind: CheckKind<Config>, name: string, listener?: string): Conclusion {
  const scenario = scenarioOf(name)
  const check = kind.start(kind.schema.parse({}), { header, scenario })
  const ids = new Set(
    events.flatMap((event) => {
      if (event.kind !== 'request-sent' || event.scenario !== name) return []
      const entered = scenario.traffic[event.traffic]?.request.listener
      return listener === undefined || entered === listener ? [event.id] : []
    }),
  )
  for (const event of events) {
    if (event.scenario !== '' && event.scenario !== name) continue
    if (!('id' in event) || ids.has(event.id)) check.observe(event)
  }
  return check.conclude()
}

const rulesOf = ({ findings }: Conclusion) => [...new Set(findings.map(({ rule }) => rule))]

test('every seeded mistake of a listener is found by the rule that is about it', () => {
  const missed = powerListeners.flatMap(({ name, rule }) => {
    const found = rule === undefined ? [] : rulesOf(judged(edge, 'edges', name))
    return rule === undefined || found.includes(rule)
      ? []
      : [`${name}: ${rule}, found ${found.join(', ') || 'nothing'}`]
  })
  expect(missed).toEqual([])
  expect(edgeRules.map(({ name }) => name).filter((rule) => !powerListeners.some((one) => one.rule === rule))).toEqual(
    [],
  )
})

test('nothing is found on sound listeners, and every rule is put to the test there', () => {
  const sound = powerListeners.filter(({ rule }) => rule === undefined)
  const conclusions = sound.map(({ name }) => judged(edge, 'edges', name))
  expect(conclusions.flatMap(({ findings }) => findings)).toEqual([])
  expect(conclusions.map(({ verdict }) => verdict)).toEqual(sound.map(() => 'pass'))
  const looked = new Set(conclusions.flatMap(({ figures = {} }) => Object.keys(figures)))
  expect(edgeRules.map(({ name }) => `${name}.looked`).filter((name) => !looked.has(name))).toEqual([])
})

test('callers with a stat_prefix each are told apart; with one for both they are not', () => {
  expect(judged(callers, 'apart')).toMatchObject({
    verdict: 'pass',
    summary: expect.stringMatching(/from-web 20 \(5xx: 20\), from-batch 20 \(5xx: \d\)$/),
  })
  const { verdict, findings } = judged(callers, 'mixed-up')
  expect(verdict).toBe('fail')
  expect(findings.map(({ message }) => message)).toContain(
    'caller from-web: http.web.downstream_rq_total rose by 40, its own requests are 20',
  )
})
