// The events of log pipelines, as they stand in a history (history.ts).

import type { EventBase } from './event-base.ts'

export type LaneName = 'fast' | 'slow'

/** Lines `first` to `last` of an object, counted from 1, both included. */
export interface LineRange {
  readonly first: number
  readonly last: number
}

/** The generator put an object and S3 answered (`atMs`). Its lines are the ledger's debt. */
export interface ObjectPut extends EventBase {
  readonly kind: 'object-put'
  /** `bucket/key`; no two objects of a scenario share it. */
  readonly object: string
  /** Index into the scenario's objects. */
  readonly source: number
  readonly bytes: number
  /** Records that the format's parser must find in it. */
  readonly lines: number
  /** Those that no parser can read, counted from 1; they are to end parked. */
  readonly poison: readonly LineRange[]
  /** The whole object cannot be read (a corrupt gzip): all of it is to end parked. */
  readonly unreadable: boolean
  readonly format: string
  /** Where the declared routing sends it. */
  readonly dest: LaneName | 'drop'
  readonly intendedMs: number
  /** S3 did not take it: nothing is owed. */
  readonly error?: string
}

/** An event record stands in a lane; read from the stream by ourselves, past the fault hop. */
export interface RecordInLane extends EventBase {
  readonly kind: 'record-in-lane'
  readonly lane: LaneName
  readonly shard: string
  readonly sequence: string
  readonly partitionKey: string
  /** Empty when the record names no object. */
  readonly object: string
  /** Only these lines of it are to be processed; absent: all. */
  readonly lines?: readonly LineRange[]
}

interface InvocationBase extends EventBase {
  /** `event-pusher`, `dispatcher-fast`, `dispatcher-slow`, `main`, `reporter`, `drain`. */
  readonly function: string
  /** The AWS request id; automatic retries of an asynchronous invocation share it. */
  readonly invocation: string
  /** Counts from 1 among the invocations with this request id. */
  readonly attempt: number
}

/** A function was given an event to work on. */
export interface FunctionInvoked extends InvocationBase {
  readonly kind: 'function-invoked'
  /** What the payload names, in its order; at most 1000. */
  readonly objects: readonly string[]
  /** Shard and first sequence number, where a stream mapping invoked it. */
  readonly shard?: string
  readonly sequence?: string
  /** A planned fault of this invocation. */
  readonly fault?: string
}

export interface FunctionReturned extends InvocationBase {
  readonly kind: 'function-returned'
  readonly durationMs: number
}

export interface FunctionFailed extends InvocationBase {
  readonly kind: 'function-failed'
  readonly durationMs: number
  readonly error: 'error' | 'timeout' | 'crash' | 'memory' | 'throttled' | 'not-started'
  readonly message: string
  /** The planned fault that caused it. */
  readonly fault?: string
}

/** A call through the AWS fault hop, told at its end. `function` is empty where no function made it. */
export interface AwsCalled extends EventBase {
  readonly kind: 'aws-called'
  readonly function: string
  /** Absent where the call could not be told apart. */
  readonly invocation?: string
  /** `s3`, `sns`, `kinesis`, `lambda`, `dynamodb`, ... */
  readonly service: string
  /** `GetObject`, `PutRecords`, ... */
  readonly operation: string
  /** What the call names; at most 1000. */
  readonly objects: readonly string[]
  readonly startMs: number
  /** What the caller was answered; 0: it got no whole answer. */
  readonly status: number
  /** AWS error code of the answer, or `reset`, `cut`. */
  readonly error?: string
  /** The emulator carried it out, whatever the caller was told. */
  readonly applied: boolean
  /** Entries of a batch, and those of them that were refused. */
  readonly entries?: number
  readonly refused?: number
  /** A planned fault of this call, and what it did. */
  readonly fault?: string
  readonly detail?: string
}

/** The handler's downstream took a line, or a run of lines of one object. */
export interface LineDelivered extends EventBase {
  readonly kind: 'line-delivered'
  readonly object: string
  /** Counted from 1. */
  readonly line: number
  /** The last one of a run; absent: one line. */
  readonly last?: number
  /** Its text is not the one that was put, or its time was read as another one. */
  readonly altered?: boolean
}

/** An item appeared in the ErrorTaskTable, or was there at the start of a scan with other content. */
export interface ItemParked extends EventBase {
  readonly kind: 'item-parked'
  /** Its hash key, `request_id`. */
  readonly item: string
  readonly tasks: readonly { readonly object: string; readonly lines?: readonly LineRange[] }[]
  /** Error code and message, as the Reporter kept them; empty where it kept none. */
  readonly error: string
}

/** An item is gone from the ErrorTaskTable. */
export interface ItemDrained extends EventBase {
  readonly kind: 'item-drained'
  readonly item: string
}

/** What a person, or a controller in their place, did to the pipeline: `drain`, `limit`, ... */
export interface OperatorActed extends EventBase {
  readonly kind: 'operator-acted'
  readonly action: string
  readonly detail: string
  /** Figures of the action, for instance `delayMs`. */
  readonly values?: Readonly<Record<string, number>>
}

/** A message of the fan-out topic reached another consumer than the EventPusher. */
export interface ObjectFannedOut extends EventBase {
  readonly kind: 'object-fanned-out'
  readonly object: string
  readonly consumer: string
}

export type PipelineEvent =
  | ObjectPut
  | RecordInLane
  | FunctionInvoked
  | FunctionReturned
  | FunctionFailed
  | AwsCalled
  | LineDelivered
  | ItemParked
  | ItemDrained
  | OperatorActed
  | ObjectFannedOut
