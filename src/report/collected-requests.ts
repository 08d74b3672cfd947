// A mesh scenario and requests through it as events, and what a report collects from them. For the tests of the collectors.

import type { HistoryEvent, HistoryHeader, NewEvent, PlannedFault } from '../core/history.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { collectScenarios } from './collect.ts'

export const scenario: MeshScenario = {
  name: 'retries',
  about: 'One answer in twenty fails.',
  file: 'scenarios/retries.yaml',
  mesh: { definition: 'book.yaml', node: 'book', declared: 'book.yaml' },
  upstreams: {
    'user-development': { hosts: 2, serviceTime: { p50Ms: 3, p99Ms: 9 }, status: 200, bodyBytes: 10 },
    idle: { hosts: 1, serviceTime: { p50Ms: 3, p99Ms: 9 }, status: 200, bodyBytes: 10 },
  },
  traffic: [],
  durationMs: 3000,
  faults: [
    { name: 'flaky', kind: 'abort', target: 'user-development', fromMs: 500, untilMs: 2500, config: {} },
    { name: 'slow', kind: 'delay', target: 'user-development', host: 2, fromMs: 0, untilMs: 3000, config: {} },
    { name: 'stop', kind: 'kill', target: 'control-plane', fromMs: 0, untilMs: 3000, config: {} },
  ],
  expect: [],
  isolated: false,
}

export const header: HistoryHeader = {
  format: 1,
  versions: { shaketable: '0.1.0', envoy: '1.40.0', node: '24' },
  seed: 's',
  startedAt: '2026-01-01T00:00:00Z',
  scenarios: [scenario, { ...scenario, name: 'other' }],
  declaredPolicy: {},
  servedSha256: {},
  clock: { source: 'CLOCK_MONOTONIC', wallOffsetMs: 0, wallOffsetErrorMs: 0.01, tickMs: 4 },
}

/** Events of a history, with `seq` and the scenario filled in. */
export function collect(events: readonly NewEvent[]) {
  const collection = collectScenarios(header, (fault) => `about ${fault.name}`)
  events.forEach((event, seq) => {
    collection.observe({ ...event, seq } as HistoryEvent)
  })
  const [first, second] = collection.finish()
  if (first === undefined || second === undefined) throw new Error('two scenarios went in')
  return { first, second }
}

export const base = { src: 'load', scenario: 'retries' } as const

interface Try {
  readonly startMs: number
  readonly endMs: number
  readonly code: number
  readonly host?: number
  readonly flags?: readonly string[]
  readonly seenFlags?: readonly string[]
  readonly unseen?: boolean
}

export function request(
  id: string,
  atMs: number,
  status: number,
  tries: readonly Try[],
  plan: readonly PlannedFault[] = [],
) {
  const endMs = (tries.at(-1)?.endMs ?? atMs) + 1
  const cluster = 'user-development'
  const events: NewEvent[] = [
    {
      ...base,
      kind: 'request-sent',
      atMs,
      id,
      traffic: 0,
      method: 'GET',
      host: 'user',
      path: '/',
      bodyBytes: 0,
      intendedMs: atMs - 0.5,
      plan,
    },
    { ...base, kind: 'request-answered', atMs: endMs, id, status, bytes: 10, latencyMs: endMs - atMs + 0.5 },
    {
      ...base,
      kind: 'request-logged',
      atMs: endMs,
      id,
      startMs: atMs,
      code: status,
      flags: [],
      details: '',
      attempts: tries.length,
      cluster,
      authority: 'user',
    },
  ]
  tries.forEach((one, index) => {
    const host = one.host ?? 1
    const common = {
      ...base,
      atMs: one.endMs,
      id,
      attempt: index + 1,
      startMs: one.startMs,
      code: one.code,
      details: '',
      cluster,
      protocol: 'HTTP/1.1',
    }
    events.push({
      ...common,
      kind: 'attempt-logged',
      flags: one.flags ?? [],
      failureReason: '',
      host: `127.0.0.${host}:80`,
    })
    if (one.unseen) return
    events.push({
      ...common,
      kind: 'attempt-seen',
      flags: one.seenFlags ?? [],
      host,
      authority: 'user',
      method: 'GET',
      path: '/',
    })
  })
  return events
}

export const started: NewEvent = {
  ...base,
  src: 'runner',
  kind: 'scenario-started',
  atMs: 1000,
  configChanges: ['/admin: moved'],
}
export const ended: NewEvent = { ...base, src: 'runner', kind: 'scenario-ended', atMs: 4000 }
const abort = (attempt: number): PlannedFault => ({ fault: 'flaky', attempt, status: 503, target: 'user-development' })

export const retried = request(
  'r1',
  1100,
  200,
  [
    { startMs: 1100, endMs: 1102, code: 503, seenFlags: ['FI'] },
    { startMs: 1131, endMs: 1133, code: 503, seenFlags: ['FI'] },
    { startMs: 1174, endMs: 1180, code: 200, host: 2 },
  ],
  [abort(1), abort(2), abort(4)],
)
