// What makes a pipeline scenario inconclusive whatever its checks say: nothing was put, S3 did not take an object, a fault
// that never fired, processes of ours that ended unasked.

import { pipelineFaultsFired } from '../core/pipeline-faults-fired.ts'
import type { PipelineScenario } from '../core/scenario-record.ts'
import type { ProblemFold } from './faults-fired.ts'

export function pipelineProblems(scenario: PipelineScenario): ProblemFold {
  const faults = pipelineFaultsFired(scenario)
  const ended: string[] = []
  let put = 0
  let refused = 0
  return {
    observe(event) {
      faults.observe(event)
      if (event.kind === 'object-put') {
        put++
        if (event.error !== undefined) refused++
      }
      if (event.kind === 'process-exited' && !event.expected) ended.push(event.process)
    },
    problems() {
      if (put === 0) return ['no object was put']
      return [
        ...(refused === 0 ? [] : [`S3 did not take ${refused} of ${put} objects`]),
        ...ended.map((name) => `${name} ended unasked`),
        ...faults.problems(),
      ]
    },
  }
}
