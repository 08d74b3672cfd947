// What reporters get of a pipeline's scenario beside the common part of report-model.ts: plain data, everything computed.
// Times are milliseconds since the scenario's start. Lists are bounded by who collects them (src/report/pipeline).

import type { LaneName } from './history.ts'
import type { TimelineRow } from './verdict.ts'

export interface PipelineReport {
  readonly ledger: LedgerReport
  /** Of the lanes' series. */
  readonly binMs: number
  /** `fast`, then `slow`. */
  readonly lanes: readonly LaneReport[]
  /** By lane, in the order of the way. */
  readonly hops: readonly HopReport[]
  /** In the order of the way. */
  readonly functions: readonly FunctionReport[]
  readonly calls: readonly CallReport[]
  /** What each planned fault did where, and what became of the objects that it hit. */
  readonly experiments: readonly ExperimentReport[]
  readonly operations: readonly OperationReport[]
  /** Items of the ErrorTaskTable by their error, the most frequent first. */
  readonly parked: readonly ParkedReport[]
  /** At most 10: lost first, then under way, parked, repeated, with most attempts, slowest. */
  readonly examples: readonly ObjectExample[]
  /** What was still under way at the deadline, in words; absent when nothing was. */
  readonly unsettled?: string
}

/** Where every line that was put has ended. The six ends add up to `lines`. */
export interface LedgerReport {
  /** Whose figures these are: the check `nothing-lost`, or the report's own count where that was not expected. */
  readonly source: 'nothing-lost' | 'report'
  /** Objects that S3 took. */
  readonly objects: number
  readonly bytes: number
  /** Puts that S3 did not take; nothing is owed for them. */
  readonly refusedPuts: number
  readonly lines: number
  readonly deliveredOnce: number
  readonly deliveredMore: number
  readonly parked: number
  readonly inFlight: number
  readonly lost: number
  /** The routing drops their objects. */
  readonly dropped: number
  /** Deliveries beyond the first of a line. */
  readonly extraDeliveries: number
  /** Deliveries of a line with another text than was put. */
  readonly altered: number
  /** Deliveries of lines that were never put, or that no parser can read. */
  readonly unexpected: number
  readonly drainedItems: number
  /** Objects that another consumer of the topic was told of. */
  readonly fannedOut: number
}

export interface SpreadReport {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface LaneReport {
  readonly lane: LaneName
  readonly records: number
  readonly shards: number
  readonly dispatched: number
  readonly deliveredLines: number
  readonly backlogMax: number
  /** From the put to the first delivery, over lines. */
  readonly freshness: SpreadReport
  readonly series: readonly LaneBin[]
}

export interface LaneBin {
  readonly fromMs: number
  /** Records that came into the lane. */
  readonly arrived: number
  /** Records that a dispatcher was given for the first time. */
  readonly dispatched: number
  /** Records in the lane that no dispatcher has been given, at the bin's end. */
  readonly backlog: number
  readonly deliveredLines: number
  /** As an operator has set it; absent before the first change. */
  readonly delayMs?: number
  /** Freshness of the lines delivered in the bin; absent when there were none. */
  readonly p50Ms?: number
  readonly p99Ms?: number
}

export type Station = 'put' | 'event-pusher' | 'lane' | 'dispatcher' | 'main' | 'delivered'

/** Time of an object from its first sight at one station to that at the next; `delivered` is its last line's first. */
export interface HopReport extends SpreadReport {
  readonly lane: LaneName
  readonly from: Station
  readonly to: Station
}

export interface FunctionReport {
  readonly function: string
  readonly invocations: number
  /** Invocations with a request id whose attempt before had failed. */
  readonly retries: number
  /** Invocations with a request id that was already served, or under way. */
  readonly duplicates: number
  /** Error kind to a count. */
  readonly failures: Readonly<Record<string, number>>
  /** Failures that a planned fault caused. */
  readonly provoked: number
  readonly duration: SpreadReport
}

export interface CallReport {
  /** Empty where no function made the call. */
  readonly function: string
  readonly service: string
  readonly operation: string
  readonly count: number
  /** Callers that were told of an error, or of nothing at all. */
  readonly errors: number
  /** Calls that were carried out although the caller was told otherwise. */
  readonly appliedUnseen: number
  readonly refusedEntries: number
  /** Calls that a planned fault met. */
  readonly faults: number
  readonly duration: SpreadReport
}

/** How the objects of an experiment ended; an object ends as the worst of its lines does. */
export interface ObjectEnds {
  readonly deliveredOnce: number
  readonly deliveredMore: number
  readonly parked: number
  readonly inFlight: number
  readonly lost: number
  readonly dropped: number
}

export interface ExperimentReport extends ObjectEnds {
  readonly function: string
  /** `kinesis.PutRecords`; empty when the fault met the invocation itself. */
  readonly call: string
  /** The fault's name, or what it did where one fault does many things. */
  readonly fault: string
  readonly fired: number
  /** 0 where an invocation never began, so that nobody knows what it was about. */
  readonly objects: number
}

export interface OperationReport {
  readonly atMs: number
  readonly action: string
  readonly detail: string
  readonly values: Readonly<Record<string, number>>
}

export interface ParkedReport {
  readonly error: string
  readonly items: number
  /** Of them, those that are gone again. */
  readonly drained: number
}

export type ExampleReason = 'lost' | 'in-flight' | 'parked' | 'repeated' | 'most-attempts' | 'slowest'

export interface ObjectExample {
  /** `bucket/key` */
  readonly object: string
  readonly why: ExampleReason
  /** `put, in lane fast after 41 ms, main failed twice, parked after 3.2 s` */
  readonly story: string
  readonly timeline: readonly TimelineRow[]
}
