// What a call's way through the hop begins with, and what it comes to.

import type { Readable } from 'node:stream'
import type { CallAction } from '../../core/pipeline-fault.ts'
import type { Exchange } from './exchange.ts'
import type { HopContext } from './hop-context.ts'
import type { CallTarget } from './operation.ts'

export interface Outcome {
  /** What the caller was answered; 0: no whole answer. */
  readonly status: number
  readonly applied: boolean
  /** AWS error code, `reset`, `cut`, or `aborted`: the caller hung up first. */
  readonly error?: string
  readonly refused?: number
  /** False when the plan's action does not fit this call. */
  readonly acted?: boolean
  readonly note?: string
}

export interface Errand {
  readonly exchange: Exchange
  readonly target: CallTarget
  readonly body: Buffer | Readable
  readonly origin: () => string
  readonly path: string
  readonly action: CallAction
  readonly invocation16: string | undefined
  readonly context: HopContext
}

export function aborted(applied: boolean): Outcome {
  return { status: 0, applied, error: 'aborted', note: 'the caller hung up' }
}
