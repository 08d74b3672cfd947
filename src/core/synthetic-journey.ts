// What one object leaves in the history of a pipeline, made up for tests: a fixed sequence of steps on its way, chosen by
// its fate. It simulates nothing, and journeys take no notice of each other.

import type { LaneName, LineRange, NewEvent } from './history.ts'

/**
 * Where a journey ends.
 * - `delivered`: Main delivers all good lines and reports the poison ones, which end parked.
 * - `retried`: Main fails once before it delivers. `doubled`: it fails once after it has delivered.
 * - `parked`: Main fails three times; DLQ, Reporter, item in the ErrorTaskTable.
 * - `drained`: parked, put back by a drain (told as one of all, whatever else is parked), then delivered; poison lines are
 *   parked once more.
 * - `refused`: PutRecords refuses the record and EventPusher takes no notice; lost.
 * - `skipped`: Main returns without having delivered; lost. `reporter-lost`: Reporter returns without a PutItem; lost.
 * - `in-lane`: no Dispatcher took the record. `dispatched`: Main was told, and never invoked. `working`: Main has not ended.
 */
export type SyntheticFate =
  | 'delivered'
  | 'retried'
  | 'doubled'
  | 'parked'
  | 'drained'
  | 'refused'
  | 'skipped'
  | 'reporter-lost'
  | 'in-lane'
  | 'dispatched'
  | 'working'

export interface SyntheticJourney {
  /** `bucket/key`. */
  readonly object: string
  /** When it is put, since the scenario's start. No two journeys of a lane at the same microsecond. */
  readonly atMs: number
  /** Default 1. */
  readonly lines?: number
  readonly poison?: readonly LineRange[]
  /** Parked whole, whatever the fate says; after a drain once more. */
  readonly unreadable?: boolean
  /** Default `fast`. Of `drop` nothing is done behind EventPusher. */
  readonly dest?: LaneName | 'drop'
  /** Default: `dest`. */
  readonly lane?: LaneName
  readonly fate?: SyntheticFate
  /** Borne by the first Main invocation that fails, or by the refused PutRecords. */
  readonly fault?: string
  /** Between put and drain. Default 2000. */
  readonly drainAfterMs?: number
}

/** When synthetic scenarios start. */
export const syntheticStartMs = 100
const startMs = syntheticStartMs
const asyncRetryMs = [100, 200] as const
const shard = 'shardId-000000000000'

/** What one object leaves in a history, in the order of time. */
export function syntheticJourney(journey: SyntheticJourney, scenario = 'synthetic'): NewEvent[] {
  const { object, lines = 1, poison = [], unreadable = false, dest = 'fast', fate = 'delivered' } = journey
  const { events, clock, call, invoke } = scribe(journey, scenario)
  const lane = journey.lane ?? (dest === 'drop' ? 'fast' : dest)
  const base = { scenario, object }

  events.push({
    ...base,
    kind: 'object-put',
    src: 'load',
    atMs: clock.nowMs,
    intendedMs: clock.nowMs - 5,
    source: 0,
    bytes: lines * 100,
    lines,
    poison,
    unreadable,
    format: 'json',
    dest,
  })
  clock.nowMs += 5
  const pusher = invoke('event-pusher')
  if (dest === 'drop') return pusher.returned()
  if (fate === 'refused') call(pusher, 'kinesis', 'PutRecords', { entries: 1, refused: 1, fault: journey.fault })
  else call(pusher, 'kinesis', 'PutRecords', { entries: 1, refused: 0 })
  pusher.returned()
  if (fate === 'refused') return events

  const pass = (nth: number, only?: readonly LineRange[]): NewEvent[] => {
    const inLane = { lane, shard, sequence: sequenceAt(clock.nowMs), partitionKey: `etag of ${object}` }
    const chosen = only === undefined ? {} : { lines: only }
    events.push({ ...base, kind: 'record-in-lane', src: 'lanes', atMs: clock.nowMs, ...inLane, ...chosen })
    if (fate === 'in-lane') return events
    clock.nowMs += 5
    const dispatcher = invoke(`dispatcher-${lane}`, 1, { shard, sequence: inLane.sequence })
    call(dispatcher, 'lambda', 'Invoke', { status: 202 })
    if (fate === 'dispatched') return dispatcher.returned()
    clock.nowMs += 2
    dispatcher.returned()
    return work(nth, only)
  }

  const park = (nth: number, tasks: readonly LineRange[] | undefined, error: string): NewEvent[] => {
    const reporter = invoke('reporter')
    if (fate === 'reporter-lost') return reporter.returned()
    call(reporter, 'dynamodb', 'PutItem')
    const task = { object, ...(tasks === undefined ? {} : { lines: tasks }) }
    const item = `item-${nth} of ${object}`
    events.push({ scenario, kind: 'item-parked', src: 'table', atMs: clock.nowMs, item, tasks: [task], error })
    reporter.returned()
    return fate === 'drained' && nth === 1 ? drain(item, tasks) : events
  }

  const drain = (item: string, tasks: readonly LineRange[] | undefined): NewEvent[] => {
    clock.nowMs = Math.max(clock.nowMs + 10, startMs + journey.atMs + (journey.drainAfterMs ?? 2000))
    events.push({
      scenario,
      kind: 'operator-acted',
      src: 'runner',
      atMs: clock.nowMs,
      action: 'drain',
      detail: 'all',
    })
    const drainer = invoke('drain')
    call(drainer, 'kinesis', 'PutRecords', { entries: 1, refused: 0 })
    call(drainer, 'dynamodb', 'DeleteItem')
    events.push({ scenario, kind: 'item-drained', src: 'table', atMs: clock.nowMs, item })
    drainer.returned()
    return pass(2, tasks)
  }

  const work = (nth: number, only?: readonly LineRange[]): NewEvent[] => {
    const broken = unreadable || ((fate === 'parked' || fate === 'drained' || fate === 'reporter-lost') && nth === 1)
    const failures = broken ? 3 : nth === 1 && (fate === 'retried' || fate === 'doubled') ? 1 : 0
    const bad = within(poison, only)
    const deliver = () => {
      for (const { first, last } of without(only ?? [{ first: 1, last: lines }], poison)) {
        const run = first === last ? {} : { last }
        events.push({ ...base, kind: 'line-delivered', src: 'sink', atMs: clock.nowMs, line: first, ...run })
      }
    }
    for (let attempt = 1; attempt <= failures; attempt++) {
      const main = invoke('main', attempt, {}, nth)
      call(main, 's3', 'GetObject')
      if (fate === 'doubled') deliver()
      const waitMs = asyncRetryMs[attempt - 1] ?? 0
      main.failed(attempt === 1 ? journey.fault : undefined)
      clock.nowMs += waitMs
    }
    if (broken) return park(nth, only, unreadable ? 'corrupt gzip' : 'the handler failed')
    const main = invoke('main', failures + 1, {}, nth)
    call(main, 's3', 'GetObject')
    if (fate === 'working') return events
    if (fate !== 'skipped') deliver()
    if (bad.length > 0) call(main, 'sns', 'Publish')
    main.returned()
    return bad.length > 0 ? park(nth, bad, `${bad.length} ranges of unreadable lines`) : events
  }

  return pass(1)
}

/** The events so far, their clock, and the phrases that journeys are told in. */
function scribe({ object, atMs }: SyntheticJourney, scenario: string) {
  const events: NewEvent[] = []
  const clock = { nowMs: startMs + atMs }
  const counts = new Map<string, number>()

  const invoke = (role: string, attempt = 1, stream: object = {}, round?: number) => {
    const nth = round ?? (counts.get(role) ?? 0) + 1
    counts.set(role, nth)
    const fields = { scenario, src: 'executor', function: role, invocation: `${role}-${nth} of ${object}`, attempt }
    const fromMs = clock.nowMs
    events.push({ ...fields, kind: 'function-invoked', atMs: fromMs, objects: [object], ...stream })
    clock.nowMs += 1
    const end = () => {
      clock.nowMs += 1
      return { atMs: clock.nowMs, durationMs: clock.nowMs - fromMs }
    }
    return {
      fields,
      returned() {
        events.push({ ...fields, kind: 'function-returned', ...end() })
        return events
      },
      failed(fault: string | undefined) {
        const blame = fault === undefined ? {} : { fault }
        events.push({ ...fields, kind: 'function-failed', ...end(), error: 'error', message: 'Error', ...blame })
        return events
      },
    }
  }

  const call = (
    by: ReturnType<typeof invoke>,
    service: string,
    operation: string,
    outcome: { entries?: number; refused?: number; status?: number; fault?: string | undefined } = {},
  ) => {
    const { fault, ...told } = outcome
    const { function: role, invocation } = by.fields
    events.push({
      scenario,
      kind: 'aws-called',
      src: 'hop',
      atMs: clock.nowMs + 4,
      startMs: clock.nowMs,
      function: role,
      invocation,
      service,
      operation,
      objects: [object],
      status: 200,
      applied: told.refused === undefined || told.refused < (told.entries ?? 1),
      ...told,
      ...(fault === undefined ? {} : { fault }),
    })
    clock.nowMs += 5
  }
  return { events, clock, call, invoke }
}

function sequenceAt(nowMs: number): string {
  return `4960${String(Math.round(nowMs * 1000)).padStart(14, '0')}`
}

/** The parts of `ranges` that lie in `only`. */
function within(ranges: readonly LineRange[], only: readonly LineRange[] | undefined): LineRange[] {
  if (only === undefined) return [...ranges]
  return ranges.flatMap((range) =>
    only.flatMap((one) => {
      const first = Math.max(range.first, one.first)
      const last = Math.min(range.last, one.last)
      return first <= last ? [{ first, last }] : []
    }),
  )
}

/** What `ranges` cover and `holes` do not. */
function without(ranges: readonly LineRange[], holes: readonly LineRange[]): LineRange[] {
  return holes.reduce<LineRange[]>(
    (left, hole) =>
      left
        .flatMap(({ first, last }) => [
          ...(first < hole.first ? [{ first, last: Math.min(last, hole.first - 1) }] : []),
          ...(last > hole.last ? [{ first: Math.max(first, hole.last + 1), last }] : []),
        ])
        .filter(({ first, last }) => first <= last),
    [...ranges],
  )
}
