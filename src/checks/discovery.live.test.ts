// On the real Envoy: balancing that follows discovery passes, also where a registrar takes a dead app out; an Envoy that is
// served a fixed list of the same hosts goes on sending to the one that left, and is found.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shake } from '../cli/shake.ts'
import type { HistoryEvent } from '../core/history.ts'
import { readHistory } from '../core/history-file.ts'
import type { XdsResources } from '../mesh/compile.ts'
import { judgeHistory } from '../run/judge.ts'
import { discovery } from './discovery.ts'

const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-discovery-'))
let history = ''
const cluster = 'app-cluster'
const definition = {
  version: 1,
  dependencies: [
    {
      name: 'app',
      cluster_name: cluster,
      sds: true,
      tls: false,
      connect_timeout_ms: 250,
      routes: [
        { prefix: '/', timeout_ms: 2000, retry_policy: { retry_on: '5xx', num_retries: 2, per_try_timeout_ms: 500 } },
      ],
    },
  ],
}
const scenario = (name: string, fault: object, upstream: object = {}) => ({
  name,
  about: 'discovery',
  mesh: { definition: 'app.json' },
  upstreams: { [cluster]: { hosts: 3, ...upstream } },
  traffic: [{ request: { host: 'app' }, ratePerSecond: 60, arrivals: 'constant' }],
  duration: '3s',
  faults: [{ name: 'fault', target: cluster, host: 2, from: '500ms', until: '1500ms', ...fault }],
  expect: [{ discovery: {} }],
})
const scenarios = [
  scenario('follows', { leave: {} }),
  scenario('fixed-list', { leave: {} }),
  scenario('registrar', { kill: {} }, { healthCheck: { every: '50ms', failures: 2 } }),
]

/** The hosts that a name stands for never change. */
function serveFixedList(name: string, { clusters, routes }: XdsResources): XdsResources {
  if (name !== 'fixed-list') return { clusters, routes }
  const fixed = clusters.map(({ eds_cluster_config: _, ...served }) => ({
    ...served,
    '@type': served['@type'],
    name: served.name,
    type: 'STRICT_DNS',
    load_assignment: {
      cluster_name: served.name,
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'app', port_value: 80 } } } }] },
      ],
    },
  }))
  return { clusters: fixed, routes }
}

beforeAll(async () => {
  writeFileSync(join(folder, 'app.json'), JSON.stringify(definition))
  for (const one of scenarios) writeFileSync(join(folder, `${one.name}.yaml`), JSON.stringify(one))
  const outcome = await shake([folder], 'discovery', { dir: join(folder, 'reports'), mutateServed: serveFixedList })
  history = join(outcome.runFolder, 'history.ndjson')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function events(name: string): Promise<readonly HistoryEvent[]> {
  const seen: HistoryEvent[] = []
  await readHistory(history, { event: (event) => event.scenario === name && seen.push(event) })
  return seen
}

test('balancing is held to discovery', async () => {
  const { scenarios: judged, problems } = await judgeHistory(history, [discovery] as never)
  expect(problems).toEqual([])
  const found = judged.map(({ scenario: { name }, expectations: [one] }) => [
    name,
    one?.verdict,
    [...new Set(one?.findings.map(({ rule }) => rule))],
  ])
  expect(found.toSorted()).toEqual([
    ['fixed-list', 'fail', ['left-host-idle']],
    ['follows', 'pass', []],
    ['registrar', 'pass', []],
  ])
})

test('nobody loses a request by a host that leaves in good order', async () => {
  const answers = (await events('follows')).filter(({ kind }) => kind === 'request-answered')
  expect(answers.length).toBe(180)
  expect(answers.filter((event) => event.kind === 'request-answered' && event.status !== 200)).toEqual([])
})

test('a registrar says why it takes a dead app out, and that it is well again', async () => {
  const changes = (await events('registrar')).filter(({ kind }) => kind === 'host-left' || kind === 'host-registered')
  const told = changes.map((event) => [
    event.kind,
    'reason' in event ? event.reason : '',
    'host' in event && event.host,
  ])
  expect(told).toEqual([
    ['host-left', expect.stringMatching(/^\/health fails: /), 2],
    ['host-registered', 'unhealthy is over', 2],
  ])
})
