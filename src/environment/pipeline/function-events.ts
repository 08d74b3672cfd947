// What the executor tells of the functions, as history events: which scenario and role a function belongs to, which objects
// an invocation is about, what a planned fault did to it. The payload stays here; the history gets names only.

import type { NewEvent } from '../../core/history.ts'
import type { InvocationAction, InvocationSeen } from '../../core/pipeline-fault.ts'
import type { FunctionRole } from '../../pipeline/function-roles.ts'
import { objectsNamed } from '../../pipeline/named-objects.ts'
import type { InvocationAsk, InvocationResult, TraceListener } from '../emulator/emulator.ts'

/** A deployed pipeline, as far as a function's name leads to it. */
export interface FunctionOwner {
  readonly scenario: string
  readonly role: FunctionRole
  readonly decide: (
    invocation: Omit<InvocationSeen, 'occurrence'>,
  ) => { readonly action: InvocationAction; readonly fault: string } | undefined
}

export interface FunctionEventsOptions {
  readonly ownerOf: (functionName: string) => FunctionOwner | undefined
  readonly emit: (event: NewEvent) => void
  readonly originMs: number
}

export interface FunctionEvents extends TraceListener {
  /** The AWS request id of an invocation under way, or lately so. */
  requestIdOf(invocation16: string): string | undefined
}

const rememberedMax = 20_000

interface Known {
  readonly requestId: string
  readonly fault?: string
}

export function functionEvents({ ownerOf, emit, originMs }: FunctionEventsOptions): FunctionEvents {
  const byInvocation = new Map<string, Known>()
  const remember = (invocation16: string, known: Known) => {
    byInvocation.set(invocation16, known)
    if (byInvocation.size <= rememberedMax) return
    const [oldest] = byInvocation.keys()
    if (oldest !== undefined) byInvocation.delete(oldest)
  }
  const baseOf = (owner: FunctionOwner, { atMs, requestId, attempt }: InvocationAsk | InvocationResult) => ({
    src: 'executor',
    atMs: atMs - originMs,
    scenario: owner.scenario,
    function: owner.role,
    invocation: requestId,
    attempt,
  })
  return {
    requestIdOf: (invocation16) => byInvocation.get(invocation16)?.requestId,
    ask(asked) {
      const owner = ownerOf(asked.function)
      if (owner === undefined) return undefined
      const objects = objectsNamed(asked.payload)
      const decision = asked.duplicate === true ? undefined : owner.decide({ function: owner.role, objects })
      const fault = decision?.fault
      remember(asked.invocation16, { requestId: asked.requestId, ...(fault === undefined ? {} : { fault }) })
      emit({
        kind: 'function-invoked',
        ...baseOf(owner, asked),
        objects,
        ...streamPlace(asked.payload),
        ...(fault === undefined ? {} : { fault }),
      })
      return decision?.action
    },
    result(result) {
      const owner = ownerOf(result.function)
      if (owner === undefined) return
      const { durationMs, error } = result
      if (error === undefined) {
        emit({ kind: 'function-returned', ...baseOf(owner, result), durationMs })
        return
      }
      const fault = result.fault === true ? byInvocation.get(result.invocation16)?.fault : undefined
      emit({
        kind: 'function-failed',
        ...baseOf(owner, result),
        durationMs,
        error: error.kind,
        message: error.message.slice(0, 500),
        ...(fault === undefined ? {} : { fault }),
      })
    },
    log: () => {},
  }
}

/** Shard and first sequence number of a stream mapping's payload: `eventID` is `shardId-000000000000:SEQUENCE`. */
function streamPlace(payload: string): { readonly shard?: string; readonly sequence?: string } {
  const [, shard, sequence] = /"eventID":\s*"(shardId-\d+):(\d+)"/.exec(payload.slice(0, 4_000_000)) ?? []
  return shard === undefined || sequence === undefined ? {} : { shard, sequence }
}
