// Made-up histories of pipelines that look like real ones, for tests of the report and for looking at it: two lanes with a
// dispatcher each that serves one record after the other, a burst, faults, retries, parking and a drain. The same every time;
// nothing here was measured. It is no simulator to judge by: core/synthetic-pipeline.ts makes the histories for checks.

import type { LaneName, NewEvent } from '../core/history.ts'
import { decide } from '../core/random.ts'

const scenarioStartMs = 100

export interface SampleObject {
  readonly object: string
  readonly atMs: number
  readonly lines: number
  readonly dest: LaneName | 'drop'
  readonly fate?: 'lost' | 'crash-once' | 'twice' | 'parked' | 'poison' | 'throttled'
  /** Borne by what goes wrong. */
  readonly fault?: {
    readonly name: string
    readonly detail: string
    readonly service: string
    readonly operation: string
  }
}

export interface SampleOptions {
  readonly scenario: string
  readonly delayMs: (lane: LaneName, atMs: number) => number
  readonly drainAtMs: number
}

export function sampleHistory(objects: readonly SampleObject[], options: SampleOptions): NewEvent[] {
  const events: NewEvent[] = []
  const freeMs = { fast: 0, slow: 0 }
  for (const one of objects) travel(one, options, freeMs, events)
  events.sort((left, right) => left.atMs - right.atMs)
  const { scenario } = options
  const endMs = (events.at(-1)?.atMs ?? 0) + 250
  return [
    { kind: 'scenario-started', src: 'runner', scenario, atMs: scenarioStartMs },
    ...events,
    { kind: 'scenario-ended', src: 'runner', scenario, atMs: endMs },
  ]
}

function travel(one: SampleObject, options: SampleOptions, freeMs: Record<LaneName, number>, events: NewEvent[]): void {
  const { object, lines, dest, fate, fault } = one
  const { scenario } = options
  const jitter = (what: string): number => decide('sample', object, what)
  let nowMs = scenarioStartMs + one.atMs
  const said = fault === undefined ? {} : { fault: fault.name }

  const invoke = (role: string, attempt: number, tookMs: number, error?: 'crash' | 'error'): void => {
    const base = { scenario, src: 'executor', function: role, invocation: `${role} ${object}`, attempt }
    events.push({ ...base, kind: 'function-invoked', atMs: nowMs, objects: [object] })
    const end = { ...base, atMs: nowMs + tookMs, durationMs: tookMs }
    if (error === undefined) events.push({ ...end, kind: 'function-returned' })
    else events.push({ ...end, kind: 'function-failed', error, message: 'signal: killed', ...said })
  }
  const call = (role: string, service: string, operation: string, tookMs: number, bad = false): void => {
    const hit = bad && fault !== undefined ? { fault: fault.name, detail: fault.detail } : {}
    const status = bad ? (fate === 'lost' ? 200 : fate === 'throttled' ? 400 : 0) : 200
    const error =
      bad && status !== 200 ? { error: status === 0 ? 'reset' : 'ProvisionedThroughputExceededException' } : {}
    const entries = operation === 'PutRecords' ? { entries: 1, refused: bad && status === 200 ? 1 : 0 } : {}
    const base = { scenario, src: 'hop', function: role, invocation: `${role} ${object}`, service, operation, status }
    const times = { atMs: nowMs + tookMs, startMs: nowMs }
    events.push({
      ...base,
      ...times,
      ...error,
      ...entries,
      ...hit,
      kind: 'aws-called',
      objects: [object],
      applied: !bad,
    })
  }
  const deliver = (): void => {
    const good = fate === 'poison' ? lines - 1 : lines
    const half = Math.max(1, Math.floor(good / 2))
    const base = { scenario, src: 'sink', kind: 'line-delivered' as const, object }
    events.push({ ...base, atMs: nowMs, line: 1, last: half })
    if (good > half) events.push({ ...base, atMs: nowMs + 9, line: half + 1, last: good })
  }
  const pass = (failing: number, drained = false): boolean => {
    const lane = dest === 'slow' ? 'slow' : 'fast'
    const place = {
      lane,
      shard: 'shardId-000000000000',
      sequence: String(Math.round(nowMs * 1000)),
      partitionKey: object,
    } as const
    events.push({ scenario, src: 'lanes', kind: 'record-in-lane', atMs: nowMs, object, ...place })
    nowMs = Math.max(nowMs + 15 + 20 * jitter('poll'), drained ? 0 : freeMs[lane])
    const delayMs = options.delayMs(lane, nowMs - scenarioStartMs)
    if (!drained) freeMs[lane] = nowMs + 18 + delayMs
    invoke(`dispatcher-${lane}`, 1, 18 + delayMs)
    call(`dispatcher-${lane}`, 'lambda', 'Invoke', 11)
    nowMs += 16 + 10 * jitter('main')
    for (let attempt = 1; attempt <= 3; attempt++) {
      const tookMs = 40 + 60 * jitter(`main ${attempt}`) + lines * 0.2
      const bad = attempt <= failing
      if (!bad || fate === 'twice') call('main', 's3', 'GetObject', 8)
      if (bad && fate === 'crash-once') call('main', 's3', 'GetObject', 8, true)
      nowMs += 12
      if (!bad || fate === 'twice') deliver()
      nowMs -= 12
      invoke('main', attempt, tookMs, bad ? (fate === 'parked' ? 'error' : 'crash') : undefined)
      nowMs += tookMs
      if (!bad) return true
      nowMs += attempt === 1 ? 500 : 1000
    }
    return false
  }
  const park = (nth: number, error: string): void => {
    invoke('reporter', 1, 21)
    call('reporter', 'dynamodb', 'PutItem', 7)
    nowMs += 12
    const tasks = [fate === 'poison' ? { object, lines: [{ first: lines, last: lines }] } : { object }]
    events.push({ scenario, src: 'table', kind: 'item-parked', atMs: nowMs, item: `${nth} ${object}`, tasks, error })
  }

  const poison = fate === 'poison' ? [{ first: lines, last: lines }] : []
  const put = { source: 0, bytes: lines * 212, lines, poison, unreadable: false, format: 'json', dest }
  events.push({ scenario, src: 'load', kind: 'object-put', atMs: nowMs, intendedMs: nowMs - 6, object, ...put })
  nowMs += 22 + 14 * jitter('sns')
  invoke('event-pusher', 1, 19 + 12 * jitter('pusher'))
  if (dest === 'drop') return
  nowMs += 4
  if (fate === 'throttled') {
    call('event-pusher', 'kinesis', 'PutRecords', 6, true)
    nowMs += 30 + 90 * jitter('back-off')
  }
  call('event-pusher', 'kinesis', 'PutRecords', 7, fate === 'lost')
  nowMs += 9
  if (fate === 'lost') return
  const failing = fate === 'parked' ? 3 : fate === 'crash-once' || fate === 'twice' ? 1 : 0
  const done = pass(failing)
  if (fate === 'poison') park(1, 'line is no JSON')
  if (done) return
  park(1, 'Error: the handler threw')
  const drainMs = scenarioStartMs + options.drainAtMs + 80 * jitter('drain')
  if (drainMs <= nowMs) return
  nowMs = drainMs
  call('drain', 'kinesis', 'PutRecords', 7)
  call('drain', 'dynamodb', 'DeleteItem', 6)
  events.push({ scenario, src: 'table', kind: 'item-drained', atMs: nowMs + 20, item: `1 ${object}` })
  // Beside the queue: objects are told one after the other, not in the order of time.
  pass(0, true)
}
