// What the generator is given and what it gives back: plain records that cross the thread boundary by structured clone.
// No behaviour lives here.

import type { NewEvent, RequestAnswered } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import type { Spread } from '../stats/histogram.ts'

export interface LoadTarget {
  /** An IP address. */
  readonly address: string
  readonly port: number
}

/** The load of one scenario. Jobs run side by side and share neither connections nor limits. */
export interface LoadJob {
  readonly scenario: string
  readonly target: LoadTarget
  /** HTTP/2 is by prior knowledge, without TLS. */
  readonly protocol?: 'http1' | 'http2'
  /** On the clock of `monotonicMs()`. */
  readonly startMs: number
  readonly requests: readonly PlannedRequest[]
}

export type LoadError = NonNullable<RequestAnswered['error']>

export interface LoadResult {
  readonly scenario: string
  readonly planned: number
  /** `request-sent` events; each has exactly one `request-answered`. Below `planned` only when interrupted. */
  readonly sent: number
  readonly statuses: Readonly<Record<string, number>>
  readonly errors: Readonly<Partial<Record<LoadError, number>>>
  /** Stopped before every planned request was sent and answered. */
  readonly interrupted: boolean
  /** How late the schedule handed requests over: the generator's own lag. */
  readonly scheduleLag: Spread
  /** How late requests were written to a connection, waiting for it included. */
  readonly sendLag: Spread
  /** Of whole answers, from the intended send time. */
  readonly latency: Spread
  readonly connections: ConnectionFigures
}

export interface ConnectionFigures {
  readonly opened: number
  readonly failed: number
  readonly peakOpen: number
  /** Never above the cap on concurrent connects. */
  readonly peakConnecting: number
}

export interface WarmUpResult {
  readonly requests: number
  readonly tookMs: number
}

/** Main thread to worker. */
export type GeneratorCommand =
  | { readonly kind: 'run'; readonly number: number; readonly job: LoadJob }
  | { readonly kind: 'warm-up' }
  | { readonly kind: 'stop' }

/** Worker to main thread. All events of a job come before its `done`. */
export type GeneratorMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'events'; readonly events: readonly NewEvent[] }
  | { readonly kind: 'done'; readonly number: number; readonly result: LoadResult }
  | { readonly kind: 'warm'; readonly result: WarmUpResult }
  | { readonly kind: 'stopped' }
