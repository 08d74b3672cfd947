// What a fault can do inside a log pipeline: to a call on its way to AWS (in the fault hop), to an invocation of a function
// (in the executor), and to the emulator as a whole. Decisions are pure functions of the seed and of what is called, so
// two runs with one seed meet the same faults.

/** A call that a function is making. The handler's downstream counts as service `sink`, operation `Deliver`. */
export interface CallSeen {
  /** Role of the caller: `event-pusher`, `dispatcher-fast`, `main`, ... */
  readonly function: string
  readonly service: string
  readonly operation: string
  /** `bucket/key` of every object that the call names. */
  readonly objects: readonly string[]
  /** Counts from 1 among the calls with this function, operation and objects, SDK retries included. */
  readonly occurrence: number
  /** Entries of a batch call; 1 for others. */
  readonly entries: number
}

/** What the hop does to a call. `delayMs` comes first; of the others at most one is given. */
export interface CallAction {
  readonly delayMs?: number
  /** The hop answers with this status and a generic error of the service's shape; the call is not passed on. */
  readonly status?: number
  /** The service's own throttling error, which SDKs retry; not passed on. */
  readonly throttle?: boolean
  /** `before`: connection reset, not passed on. `after`: passed on and carried out, then the connection is reset. */
  readonly reset?: 'before' | 'after'
  /** PutRecords: these entries (counted from 0) are refused with ProvisionedThroughputExceededException, others go on. */
  readonly refuseEntries?: readonly number[]
  /** The answer's body ends after this share of its bytes. */
  readonly cutBodyRatio?: number
  /** The answer's body comes at this rate. */
  readonly bodyBytesPerSecond?: number
  /** The calling function's process is killed before the call is passed on, or after it was carried out. */
  readonly crash?: 'before' | 'after'
  /** Which of a fault's experiments acts; the history then has `<fault>:<experiment>`. */
  readonly experiment?: string
}

export interface InvocationSeen {
  /** Role of the function. */
  readonly function: string
  readonly objects: readonly string[]
  /** Counts from 1 among the invocations of this function with these objects, retries included. */
  readonly occurrence: number
}

/** What the executor does to an invocation. `delayMs` comes first; of the others at most one is given. */
export interface InvocationAction {
  /** Late delivery. */
  readonly delayMs?: number
  /**
   * The process is killed before the event reaches it, or once it has done its work and before the result counts. In the
   * middle of the work is a call's business (`CallAction.crash`).
   */
  readonly crash?: 'before' | 'after'
  /** The function does its work, and its answer never comes: AWS ends it at its timeout. */
  readonly timeout?: boolean
  /** Refused as when the concurrency is used up. */
  readonly throttle?: boolean
  /** Delivered this many times more, with the same request id, as asynchronous Lambda may do. */
  readonly duplicates?: number
  /** Which of a fault's experiments acts; the history then has `<fault>:<experiment>`. */
  readonly experiment?: string
}

/** Chance of a decision: a number in [0, 1) that belongs to the fault and to what is decided. */
export interface Rolls {
  /** Of its own for every occurrence. */
  readonly each: () => number
  /** The same for all occurrences with these objects. */
  readonly object: () => number
}
