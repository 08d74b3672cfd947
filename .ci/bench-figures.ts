// What the benchmark of pipelines computes from what it saw: how much of each step of the load was carried, what a shard let
// through while it was full, and what a process has cost. It measures nothing by itself.

import { readFileSync } from 'node:fs'
import { percentile } from '../src/checks/pipeline/object-times.ts'
import type { HistoryEvent, LaneName } from '../src/core/history.ts'

/** A stretch of the load with one rate. Milliseconds since the load's start. */
export interface Step {
  readonly ratePerSecond: number
  readonly fromMs: number
  readonly untilMs: number
}

/** One object on its way, on the clock of the steps. */
export interface Passage {
  readonly lane: LaneName
  readonly putMs: number
  /** When its last line was delivered; absent: never. */
  readonly doneMs?: number
}

export interface StepFigures {
  readonly offeredPerSecond: number
  readonly deliveredPerSecond: number
  /** Put and not yet delivered, at the step's end less at its start. */
  readonly backlogGrowth: number
  readonly carried: boolean
  /** Of the objects that were put in it, from put to delivered. */
  readonly lanes: Partial<Readonly<Record<LaneName, Latency>>>
}

export interface Latency {
  readonly objects: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** A step is carried when the backlog grows by no more than this share of what was put in it, or by these few objects. */
export const growthRatioMax = 0.1
export const growthObjectsMax = 2

export function stepFigures({ fromMs, untilMs }: Step, passages: readonly Passage[]): StepFigures {
  const within = (atMs: number | undefined) => atMs !== undefined && atMs >= fromMs && atMs < untilMs
  const put = passages.filter(({ putMs }) => within(putMs))
  const delivered = passages.filter(({ doneMs }) => within(doneMs)).length
  const backlogGrowth = put.length - delivered
  const seconds = (untilMs - fromMs) / 1000
  const lanes = (['fast', 'slow'] as const).flatMap((lane) => {
    const own = put.filter((passage) => passage.lane === lane)
    return own.length === 0 ? [] : [[lane, latencyOf(own)] as const]
  })
  return {
    offeredPerSecond: rounded(put.length / seconds),
    deliveredPerSecond: rounded(delivered / seconds),
    backlogGrowth,
    carried: put.length > 0 && backlogGrowth <= Math.max(growthObjectsMax, growthRatioMax * put.length),
    lanes: Object.fromEntries(lanes),
  }
}

function latencyOf(passages: readonly Passage[]): Latency {
  const tookMs = passages.map(({ putMs, doneMs }) => (doneMs ?? Number.POSITIVE_INFINITY) - putMs)
  return {
    objects: passages.length,
    p50Ms: Math.round(percentile(tookMs, 50)),
    p99Ms: Math.round(percentile(tookMs, 99)),
  }
}

export interface Throughput {
  /** The step with the highest rate that was carried. */
  readonly sustained: StepFigures | undefined
  readonly sustainedPerSecond: number
  /** The next rate, which was not carried. */
  readonly tooMuchPerSecond: number | undefined
  /** The most that was delivered in any step, backlog or not. */
  readonly peakPerSecond: number
}

/** Steps in the order of their rates. */
export function throughputOf(steps: readonly StepFigures[]): Throughput {
  const last = steps.findLastIndex(({ carried }) => carried)
  const sustained = steps[last]
  return {
    sustained,
    sustainedPerSecond:
      sustained === undefined ? 0 : Math.min(sustained.deliveredPerSecond, sustained.offeredPerSecond),
    tooMuchPerSecond: steps[last + 1]?.offeredPerSecond,
    peakPerSecond: Math.max(0, ...steps.map(({ deliveredPerSecond }) => deliveredPerSecond)),
  }
}

/** What a shard let through while more than a batch was waiting in it. */
export interface ShardFlow {
  readonly lane: LaneName
  readonly batches: number
  readonly fullSeconds: number
  readonly objectsPerSecond: number
  /** A Dispatcher's whole time with a batch, less DELAY. */
  readonly dispatchMs: number
  /** What the formula promises at most: batch size / (DELAY + dispatch). */
  readonly formulaPerSecond: number
}

/** Fewer batches say nothing. */
const batchesMin = 5

interface Batch {
  readonly startMs: number
  readonly objects: number
  tookMs?: number
}

export interface ShardFlows {
  observe(event: HistoryEvent): void
  /** All shards of a lane together: each as long as it was full. */
  of(lane: LaneName, limit: { readonly batchSize: number; readonly delayMs: number }): ShardFlow | undefined
}

export function shardFlows(): ShardFlows {
  const arrivals = new Map<string, number[]>()
  const batches = new Map<string, Batch[]>()
  const running = new Map<string, Batch>()
  return {
    observe(event) {
      if (event.kind === 'record-in-lane') listIn(arrivals, `${event.lane} ${event.shard}`).push(event.atMs)
      else if (event.kind === 'function-invoked' && event.shard !== undefined) {
        const batch: Batch = { startMs: event.atMs, objects: event.objects.length }
        listIn(batches, `${event.function.replace('dispatcher-', '')} ${event.shard}`).push(batch)
        running.set(event.invocation, batch)
      } else if (event.kind === 'function-returned') {
        const batch = running.get(event.invocation)
        if (batch !== undefined) batch.tookMs = event.durationMs
        running.delete(event.invocation)
      }
    },
    of(lane, { batchSize, delayMs }) {
      const full = [...batches]
        .filter(([place]) => place.startsWith(`${lane} `))
        .flatMap(([place, own]) => fullBatches(own, arrivals.get(place) ?? [], batchSize))
      if (full.length < batchesMin) return undefined
      const fullMs = sum(full.map(({ cycleMs }) => cycleMs))
      const tookMs = sum(full.map((batch) => batch.tookMs)) / full.length
      return {
        lane,
        batches: full.length,
        fullSeconds: rounded(fullMs / 1000),
        objectsPerSecond: rounded((full.length * batchSize * 1000) / fullMs),
        dispatchMs: rounded(tookMs - delayMs),
        formulaPerSecond: rounded((batchSize * 1000) / tookMs),
      }
    },
  }
}

/** Whole batches at whose end another whole one was waiting already; their cycle lasts until the next one begins. */
function fullBatches(batches: readonly Batch[], arrivals: readonly number[], batchSize: number) {
  const ordered = batches.toSorted((left, right) => left.startMs - right.startMs)
  let taken = 0
  return ordered.flatMap(({ startMs, objects, tookMs }, index) => {
    taken += objects
    const next = ordered[index + 1]
    if (tookMs === undefined || next === undefined || objects < batchSize) return []
    const waiting = arrivals.filter((atMs) => atMs <= startMs + tookMs).length - taken
    return waiting < batchSize ? [] : [{ tookMs, cycleMs: next.startMs - startMs }]
  })
}

export interface Usage {
  readonly cpuMs: number
  readonly rssMb: number
}

/** The kernel's unit of CPU time towards programs, on every Linux of ours. */
const cpuTickMs = 10

/** Undefined where there is no /proc, or no such process any more. */
export function usageOf(pid: number): Usage | undefined {
  try {
    // The name in parentheses may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const rssKb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * cpuTickMs, rssMb: Math.round(Number(rssKb) / 1024) }
  } catch {
    return undefined
  }
}

/** What the emulator's process took between two readings, for each object in between. */
export interface Cost {
  readonly cpuMsPerObject: number
  readonly rssKbPerObject: number
  readonly rssMb: number
}

export function costOf(before: Usage | undefined, after: Usage | undefined, objects: number): Cost | undefined {
  if (before === undefined || after === undefined || objects === 0) return undefined
  return {
    cpuMsPerObject: rounded((after.cpuMs - before.cpuMs) / objects),
    rssKbPerObject: Math.round((1024 * (after.rssMb - before.rssMb)) / objects),
    rssMb: after.rssMb,
  }
}

export function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function listIn<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const found = lists.get(key) ?? []
  lists.set(key, found)
  return found
}
