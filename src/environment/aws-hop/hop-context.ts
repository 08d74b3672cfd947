// What the hop's parts share: what it sees of a call, what is decided about it, and what it tells of it.

import type { AwsCalled } from '../../core/history.ts'
import type { CallAction, CallSeen } from '../../core/pipeline-fault.ts'
import type { Attribution } from './attribution.ts'
import type { Forwarder } from './forwarder.ts'
import type { CallNames } from './named-in-call.ts'

export type HopCallSeen = Omit<CallSeen, 'occurrence'> & Attribution

export interface HopDecision {
  readonly action: CallAction
  readonly fault: string
  readonly detail: string
}

/** `aws-called` without what the hop cannot know; `functionName` and `invocation16` say whose call it was. */
export type HopCall = Omit<AwsCalled, 'src' | 'seq' | 'scenario' | 'invocation'> & Attribution

export interface HopContext {
  readonly upstream: () => string
  readonly sink: () => string
  readonly forwarder: Forwarder
  readonly names: CallNames
  /** Finds the caller of a call that bears no mark of its own, by the objects that it names. */
  readonly lastReader: Map<string, Attribution>
  readonly now: () => number
  readonly decide: (call: HopCallSeen) => HopDecision | undefined
  readonly crash: (invocation16: string) => void
  readonly onCall: (call: HopCall) => void
  /** Aborted when the hop stops. */
  readonly stopping: AbortSignal
}
