// What the executor inside the emulator says of the functions it runs, and the one thing it is told back: what to do to an
// invocation. Times are CLOCK_MONOTONIC in milliseconds, as `monotonicMs()` gives them.

import type { FunctionFailed } from '../../core/history.ts'
import type { InvocationAction } from '../../core/pipeline-fault.ts'

interface InvocationNames {
  /** The AWS function name. */
  readonly function: string
  /** The AWS request id. */
  readonly requestId: string
  /** Counts from 1 among the invocations with this request id; a refused one does not count, a duplicate is not a new one. */
  readonly attempt: number
  /** Our name for this very invocation: the Parent of its trace header, 16 hex digits. */
  readonly invocation16: string
  readonly atMs: number
  /** Delivered again by a planned fault. */
  readonly duplicate?: boolean
}

/** A function is about to be given an event. */
export interface InvocationAsk extends InvocationNames {
  /** JSON text, cut at 1,000,000 characters. */
  readonly payload: string
}

export interface InvocationResult extends InvocationNames {
  readonly durationMs: number
  /** Absent: it returned. */
  readonly error?: { readonly kind: FunctionFailed['error']; readonly message: string }
  /** The failure was planned. */
  readonly fault?: boolean
}

/** A line of a function's stdout or stderr. */
export interface FunctionLog {
  readonly function: string
  readonly requestId: string
  /** `trace`, `debug`, `info`, `warning`, `error`, `fatal`. */
  readonly level: string
  readonly line: string
  readonly atMs: number
}

/** A process that runs a function. */
export interface FunctionProcess {
  readonly function: string
  readonly pid: number
  readonly state: 'started' | 'exited'
}

export interface TraceListener {
  /** Called for duplicates, too; what it gives for them is not heeded. */
  ask(invocation: InvocationAsk): InvocationAction | undefined
  result(result: InvocationResult): void
  log(log: FunctionLog): void
  process?(process: FunctionProcess): void
}
