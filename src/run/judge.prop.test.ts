import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { checkKinds } from '../checks/index.ts'
import type { HistoryEvent, NewEvent } from '../core/history.ts'
import {
  numbered,
  type SyntheticRequest,
  syntheticFault,
  syntheticHeader,
  syntheticRun,
  syntheticScenario,
} from '../core/synthetic-history.ts'
import { judgeHistory } from './judge.ts'

// One synthetic scenario with every check, once where all of them pass and once where one thing after the other is wrong.

const plan = [{ fault: 'flaky', attempt: 1, status: 503, target: 'user' }]
const stat = 'cluster.user.upstream_rq_retry'
const scenario = syntheticScenario({
  faults: [syntheticFault({ fromMs: 500, untilMs: 1500, config: { status: 503, ratio: 0.33, dice: false } })],
  expect: [
    { check: 'success', config: '>= 0.9' },
    { check: 'failures', config: '<= 0' },
    { check: 'latency', config: { p90: '<= 100ms', max: '<= 1s' } },
    { check: 'amplification', config: '<= 1.5' },
    { check: 'recovery', config: { within: '300ms' } },
    { check: 'no-surprise-logs', config: {} },
    { check: 'counters', config: { [stat]: '== 50' } },
    { check: 'fault-ratio', config: { fault: 'flaky', ratio: 0.33 } },
    { check: 'masked', config: { ratio: '>= 2' } },
    { check: 'answers', config: { status: { '200': '== 200' } } },
  ],
})

const requests: SyntheticRequest[] = Array.from({ length: 200 }, (_, index) => {
  const intendedMs = index * 10
  const hit = intendedMs >= 500 && intendedMs < 1500 && index % 2 === 0
  const request = { id: `r-${index}`, intendedMs }
  return hit ? { ...request, plan, attempts: [{ code: 503, faultFlags: ['FI'] }, { tookMs: 20 }] } : request
})
const counters = (phase: 'before' | 'after', atMs: number, value: number): NewEvent => {
  return {
    kind: 'counters',
    src: 'egress',
    scenario: 'synthetic',
    atMs,
    phase,
    envoy: 'egress',
    values: { [stat]: value },
  }
}
const started: NewEvent = { kind: 'process-started', src: 'egress', scenario: '', atMs: 1, process: 'egress', pid: 4 }
const runOf = (sent: readonly SyntheticRequest[], retries = 50, extra: readonly NewEvent[] = []) => [
  started,
  ...syntheticRun(sent, [counters('before', 100, 0), counters('after', 5000, retries), ...extra]),
]
const good = runOf(requests)
const histories: Readonly<Record<string, NewEvent[]>> = {
  good,
  'requests that fail': runOf(
    requests.map((one, index) => (index > 170 ? { ...one, attempts: [{ code: 503 }] } : one)),
  ),
  'slow requests': runOf(requests.map((one, index) => (index % 3 === 0 ? { ...one, latencyMs: 1200 } : one))),
  'a counter that is off': runOf(requests, 51),
  'a warning': runOf(requests, 50, [
    { kind: 'log-line', src: 'egress', scenario: '', atMs: 700, process: 'egress', level: 'warning', text: 'odd' },
  ]),
}

const bad = Object.keys(histories).filter((name) => name !== 'good')
const historyOf = (name: string) => histories[name] ?? []

const folder = await mkdtemp(join(tmpdir(), 'shaketable-judge-'))
afterAll(() => rm(folder, { recursive: true }))

async function verdictOf(events: readonly HistoryEvent[]) {
  const file = join(folder, 'history.ndjson')
  const lines = [syntheticHeader([scenario]), ...events].map((line) => `${JSON.stringify(line)}\n`)
  await writeFile(file, lines.join(''))
  return judgeHistory(file, checkKinds)
}

const end: NewEvent = { kind: 'end', src: 'runner', scenario: '', atMs: 9000, reason: 'complete', dropped: 0 }
const whole = (events: readonly NewEvent[]) => numbered([...events, end])

/** Each event moves by up to `skewMs` in the file, as if its source's clock or buffer were off. */
function shuffle(events: readonly HistoryEvent[], skewsMs: readonly number[]): HistoryEvent[] {
  const [last, ...rest] = events.toReversed()
  const keyed = rest
    .reverse()
    .map((event, index) => ({ event, key: event.atMs + (skewsMs[index % skewsMs.length] ?? 0) }))
  keyed.sort((left, right) => left.key - right.key)
  return [...keyed.map(({ event }) => event), ...(last === undefined ? [] : [last])]
}

const skews = fc.array(fc.double({ min: -25, max: 25, noNaN: true }), { minLength: 50, maxLength: 200 })

test('the good history passes and each failing one fails for its own reason', async () => {
  const { verdict, scenarios } = await verdictOf(whole(good))
  expect(scenarios[0]?.expectations.filter((one) => one.verdict !== 'pass')).toEqual([])
  expect(verdict).toBe('pass')
  const reasons: Readonly<Record<string, readonly string[]>> = {
    'requests that fail': ['failures', 'answers'],
    'slow requests': ['latency'],
    'a counter that is off': ['counters'],
    'a warning': ['no-surprise-logs'],
  }
  for (const name of bad) {
    const judged = (await verdictOf(whole(historyOf(name)))).scenarios[0]
    const failed = judged?.expectations.filter((one) => one.verdict === 'fail').map(({ check }) => check)
    expect(failed, name).toEqual(reasons[name])
  }
})

test('order within the skew changes no verdict', async () => {
  await fc.assert(
    fc.asyncProperty(skews, fc.constantFrom('good', ...bad), async (skewsMs, name) => {
      const { verdict } = await verdictOf(shuffle(whole(historyOf(name)), skewsMs))
      expect(verdict).toBe(name === 'good' ? 'pass' : 'fail')
    }),
    { numRuns: 60 },
  )
})

test('a history that lacks any single event is never a crash and never a pass', async () => {
  const events = whole(good)
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: events.length - 1 }), async (index) => {
      const { verdict, problems } = await verdictOf(events.toSpliced(index, 1))
      // The last event of a source leaves no gap in its numbers; whatever rests on it must notice by itself.
      const lastOfSource = !events.slice(index + 1).some(({ src }) => src === events[index]?.src)
      if (!lastOfSource) expect(problems.length).toBeGreaterThan(0)
      if (!lastOfSource) expect(verdict).not.toBe('pass')
    }),
    { numRuns: 120 },
  )
})

const unrelated: fc.Arbitrary<NewEvent> = fc
  .record({ atMs: fc.double({ min: 0, max: 9000, noNaN: true }), n: fc.nat({ max: 1e6 }) })
  .chain(({ atMs, n }) => {
    const base = { src: 'runner', scenario: 'synthetic', atMs } as const
    return fc.constantFrom<NewEvent>(
      { ...base, kind: 'heartbeat', scenario: '', lateMs: n % 20 },
      { ...base, kind: 'log-line', scenario: '', process: 'upstream', level: 'info', text: `line ${n}` },
      { ...base, kind: 'process-started', scenario: '', process: 'upstream', pid: n },
      { ...base, kind: 'config-pushed', type: 'clusters', version: `v${n}`, detail: '' },
      { ...base, kind: 'counters', phase: 'after', envoy: 'fault', values: { [stat]: n } },
      { ...base, kind: 'fault-injected', fault: `other-${n}`, target: 'other', detail: '' },
      { ...base, kind: 'host-returned', cluster: 'other', host: 'x', reason: '', enforced: true, ejections: n },
      { ...base, kind: 'request-answered', id: `other-${n}`, status: 200, bytes: 1, latencyMs: 1 },
    )
  })

test('no unrelated event turns a failing history into a pass', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bad),
      fc.array(fc.tuple(unrelated, fc.nat()), { minLength: 1, maxLength: 30 }),
      async (name, insertions) => {
        const edited = [...historyOf(name)]
        for (const [event, where] of insertions) edited.splice(where % (edited.length + 1), 0, event)
        expect((await verdictOf(whole(edited))).verdict).not.toBe('pass')
      },
    ),
    { numRuns: 80 },
  )
})
