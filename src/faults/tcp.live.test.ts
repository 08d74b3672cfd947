// Each TCP fault at each moment, against each `retry_on` condition, on the real Envoy: what flag, code and detail it reports,
// and by which conditions the attempt is tried again. Every pair has a cluster of its own; all run side by side in one
// environment. The policy oracle watches: it must have nothing to say against any of them.
// With SHAKETABLE_POWER_TABLE the matrix is printed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { policy } from '../checks/policy/policy.ts'
import { shake } from '../cli/shake.ts'
import type { CheckKind } from '../core/check.ts'
import type { AttemptLogged, HistoryEvent } from '../core/history.ts'
import { judgeHistory } from '../run/judge.ts'

const conditions = ['5xx', 'gateway-error', 'connect-failure', 'reset', 'reset-before-request', 'refused-stream']

interface Outcome {
  readonly code: number
  readonly flag: string
  readonly reason?: string
  /** Of the request that ends with it. */
  readonly details: string
  /** By the order of `conditions`: `x` is tried again. */
  readonly retried: string
}

const before = (what: string) => `upstream_reset_before_response_started{${what}}`
const after = (what: string) => `upstream_reset_after_response_started{${what}}`
const refusedReason = 'delayed_connect_error:_Connection_refused'
const brokenReason = 'delayed_connect_error:_Connection_reset_by_peer'
const connectFailed = (reason: string): Outcome => {
  return { code: 0, flag: 'UF', reason, details: before(`remote_connection_failure|${reason}`), retried: 'xxxxx.' }
}

const outcomes = {
  refused: connectFailed(refusedReason),
  'reset while connecting': connectFailed(brokenReason),
  'connect timeout': { code: 0, flag: 'UF', details: before('connection_timeout'), retried: 'xxxxx.' },
  closed: { code: 0, flag: 'UC', details: before('connection_termination'), retried: 'xx.x..' },
  'broken head': { code: 0, flag: 'UPE', details: before('protocol_error'), retried: 'xx.x..' },
  'stream refused': { code: 0, flag: 'UR', details: before('remote_refused_stream_reset'), retried: 'xx.x.x' },
  'per-try timeout': { code: 0, flag: 'UT', details: 'upstream_per_try_timeout', retried: 'xx.x..' },
  'cut, HTTP/1.1': { code: 200, flag: 'UPE', details: after('protocol_error'), retried: '......' },
  'cut, HTTP/2': { code: 200, flag: 'UC', details: after('connection_termination'), retried: '......' },
  late: { code: 200, flag: '', details: 'via_upstream', retried: '......' },
} as const satisfies Readonly<Record<string, Outcome>>

type OutcomeName = keyof typeof outcomes

interface Row {
  readonly name: string
  readonly fault: Readonly<Record<string, unknown>>
  readonly http1?: readonly OutcomeName[]
  readonly http2: readonly OutcomeName[]
}

// Whether Envoy sees a connection before its reset at accept is a race of two processes.
const atAccept: readonly OutcomeName[] = ['closed', 'reset while connecting']
const same = (...names: readonly OutcomeName[]) => ({ http1: names, http2: names })
const rows: readonly Row[] = [
  { name: 'refuse', fault: { refuse: {} }, ...same('refused') },
  { name: 'black-hole', fault: { 'black-hole': {} }, ...same('connect timeout') },
  { name: 'reset-accept', fault: { reset: { at: 'accept' } }, ...same(...atAccept) },
  { name: 'reset-request', fault: { reset: { at: 'request' } }, ...same('closed') },
  { name: 'reset-before-head', fault: { reset: { at: 'before-head' } }, ...same('closed') },
  { name: 'reset-in-head', fault: { reset: { at: 'in-head' } }, http1: ['broken head'], http2: ['closed'] },
  {
    name: 'reset-after-head',
    fault: { reset: { at: 'after-head' } },
    http1: ['cut, HTTP/1.1'],
    http2: ['cut, HTTP/2'],
  },
  { name: 'cut-body', fault: { 'cut-body': { afterBytes: 10 } }, http1: ['cut, HTTP/1.1'], http2: ['cut, HTTP/2'] },
  { name: 'hang', fault: { hang: {} }, ...same('per-try timeout') },
  { name: 'slow-body', fault: { 'slow-body': { bytesPerSecond: 400 } }, ...same('late') },
  { name: 'bandwidth', fault: { bandwidth: { bytesPerSecond: 4000 } }, ...same('late') },
  { name: 'refuse-stream', fault: { 'refuse-stream': {} }, http2: ['stream refused'] },
]

interface Cell {
  readonly cluster: string
  readonly http2: boolean
  readonly condition: string
  readonly fault: Readonly<Record<string, unknown>>
  readonly expected: readonly OutcomeName[]
}

const cells: readonly Cell[] = conditions.flatMap((condition) =>
  rows.flatMap(({ name, fault, http1, http2 }): readonly Cell[] => {
    const cell = { condition, fault }
    return [
      ...(http1 === undefined ? [] : [{ ...cell, cluster: `${name}-${condition}`, http2: false, expected: http1 }]),
      { ...cell, cluster: `h2-${name}-${condition}`, http2: true, expected: http2 },
    ]
  }),
)

const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-tcp-'))
let events: readonly HistoryEvent[] = []
let accusations: readonly string[] = []

beforeAll(async () => {
  for (const condition of conditions) writeScenario(condition)
  const { runFolder } = await shake([folder], 'tcp', { dir: join(folder, 'reports') })
  const history = join(runFolder, 'history.ndjson')
  const [, ...lines] = readFileSync(history, 'utf8').trim().split('\n')
  events = lines.map((line) => JSON.parse(line) as HistoryEvent)
  const { scenarios, problems } = await judgeHistory(history, [policy as unknown as CheckKind])
  const findings = scenarios.flatMap(({ expectations }) => expectations.flatMap((one) => one.findings))
  accusations = [...problems, ...findings.map(({ rule, message, observed }) => `${rule}: ${message}: ${observed}`)]
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function writeScenario(condition: string): void {
  const mine = cells.filter((cell) => cell.condition === condition)
  const retry = { retry_on: condition, num_retries: 1, per_try_timeout_ms: 400 }
  const write = (file: string, value: unknown) => writeFileSync(join(folder, file), JSON.stringify(value))
  write(`${condition}.json`, {
    version: 1,
    dependencies: mine.map(({ cluster, http2 }) => ({
      name: cluster,
      cluster_name: cluster,
      ...(http2 ? { sds: true } : { lb: 'app:80' }),
      tls: false,
      connect_timeout_ms: 150,
      routes: [{ prefix: '/', timeout_ms: 3000, retry_policy: retry }],
    })),
  })
  write(`${condition}.yaml`, {
    name: `matrix-${condition}`,
    about: 'Every TCP fault against one retry condition.',
    mesh: { definition: `${condition}.json`, node: 'matrix' },
    traffic: mine.map(({ cluster }) => ({
      request: { host: cluster, path: '/' },
      ratePerSecond: 3,
      arrivals: 'constant',
      from: '500ms',
      until: '1200ms',
    })),
    duration: '2s',
    faults: mine.map(({ cluster, fault }) => ({ name: cluster, target: cluster, ...fault })),
    expect: [{ policy: {} }],
  })
}

/** First attempts that met the fault: connects that failed, and those whose connection says so at the relay. */
function firstsOf({ cluster }: Cell): readonly AttemptLogged[] {
  const met = new Set(
    events.flatMap((event) =>
      event.kind === 'connection-closed' && event.cluster === cluster && event.fault === cluster ? [event.client] : [],
    ),
  )
  return events.filter(
    (event): event is AttemptLogged =>
      event.kind === 'attempt-logged' &&
      event.cluster === cluster &&
      event.attempt === 1 &&
      (event.readyMs === undefined || met.has(event.connection ?? '')),
  )
}

function nameOutcome({ code, flags, failureReason }: AttemptLogged): OutcomeName | undefined {
  const names = Object.keys(outcomes) as OutcomeName[]
  return names.find((name) => {
    const outcome: Outcome = outcomes[name]
    return outcome.code === code && outcome.flag === flags.join() && (outcome.reason ?? '') === failureReason
  })
}

const finalOf = (id: string) =>
  events.flatMap((event) => (event.kind === 'request-logged' && event.id === id ? [event] : []))[0]

describe('TCP faults on the real Envoy', () => {
  test('each is seen by the flag and the reason that Envoy reports', () => {
    const wrong = cells.flatMap((cell) => {
      const seen = [...new Set(firstsOf(cell).map((one) => nameOutcome(one) ?? JSON.stringify(one)))]
      const strange = seen.filter((name) => !(cell.expected as readonly string[]).includes(name))
      return seen.length === 0 || strange.length > 0 ? [`${cell.cluster}: ${seen.join(' / ') || 'nothing'}`] : []
    })
    expect(wrong).toEqual([])
  })

  test('each is tried again by the conditions that cover it, and by no other', () => {
    const wrong = cells.flatMap((cell) =>
      firstsOf(cell).flatMap((first) => {
        const name = nameOutcome(first)
        const retried = name !== undefined && outcomes[name].retried[conditions.indexOf(cell.condition)] === 'x'
        const attempts = finalOf(first.id)?.attempts
        return attempts === (retried ? 2 : 1) ? [] : [`${cell.cluster}: ${name}, ${attempts} attempts`]
      }),
    )
    expect(wrong).toEqual([])
  })

  test('the request that ends with it says in detail why', () => {
    const wrong = cells.flatMap((cell) =>
      firstsOf(cell).flatMap((first) => {
        const name = nameOutcome(first)
        const final = finalOf(first.id)
        if (final === undefined || name === undefined || final.attempts > 1) return []
        return final.details === outcomes[name].details ? [] : [`${cell.cluster}: ${final.details}`]
      }),
    )
    expect(wrong).toEqual([])
  })

  test('the policy oracle accuses none of it', () => {
    expect(accusations).toEqual([])
    if (process.env.SHAKETABLE_POWER_TABLE !== undefined) printTable()
  })
})

function printTable(): void {
  console.log(`fault | outcome of an attempt | ${conditions.join(' | ')}`)
  for (const { name, http1, http2 } of rows) {
    for (const [prefix, protocol, names] of [
      ['', 'HTTP/1.1', http1],
      ['h2-', 'HTTP/2', http2],
    ] as const) {
      for (const outcome of names ?? []) {
        const marks = conditions.map((condition) => {
          const firsts = cells
            .filter(({ cluster }) => cluster === `${prefix}${name}-${condition}`)
            .flatMap(firstsOf)
            .filter((first) => nameOutcome(first) === outcome)
          return firsts.length === 0 ? '?' : `${finalOf(firsts[0]?.id ?? '')?.attempts === 2 ? 'yes' : '-'}`
        })
        const { code, flag, details } = outcomes[outcome]
        console.log(`${name}, ${protocol} | ${code} ${flag} ${details} | ${marks.join(' | ')}`)
      }
    }
  }
}
