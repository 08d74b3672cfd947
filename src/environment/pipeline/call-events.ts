// What the fault hop asks and tells about calls, brought to the scenario whose call it is: by the function that made it, or
// where that is not known by the bucket of the first object that it names.

import type { NewEvent } from '../../core/history.ts'
import type { HopCall, HopCallSeen, HopDecision } from '../aws-hop/hop-context.ts'
import type { DeployedPipeline } from './deployed-pipeline.ts'

export interface CallEventsOptions {
  readonly pipelines: () => Iterable<DeployedPipeline>
  readonly emit: (event: NewEvent) => void
  readonly requestIdOf: (invocation16: string) => string | undefined
}

export interface CallEvents {
  decide(call: HopCallSeen): HopDecision | undefined
  onCall(call: HopCall): void
}

export function callEvents({ pipelines, emit, requestIdOf }: CallEventsOptions): CallEvents {
  const ownerOf = ({ functionName, objects }: HopCallSeen | HopCall): DeployedPipeline | undefined => {
    const [bucket] = objects[0]?.split('/', 1) ?? []
    for (const pipeline of pipelines()) {
      if (functionName === '' ? pipeline.hasBucket(bucket ?? '') : pipeline.ownerOf(functionName) !== undefined) {
        return pipeline
      }
    }
    return undefined
  }
  return {
    decide: (call) => ownerOf(call)?.decideCall(call),
    onCall(call) {
      const { functionName: _, invocation16, ...told } = call
      const invocation = invocation16 === undefined ? undefined : requestIdOf(invocation16)
      emit({
        ...told,
        src: 'hop',
        scenario: ownerOf(call)?.scenario ?? '',
        ...(invocation === undefined ? {} : { invocation }),
      })
    },
  }
}
