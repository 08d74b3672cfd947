// What makes a pipeline scenario inconclusive whatever its checks say: nothing was put, S3 did not take an object, a fault
// that never fired, processes of ours that ended unasked, an end that it did not come to.

import { pipelineFaultsFired } from '../core/pipeline-faults-fired.ts'
import type { PipelineScenario } from '../core/scenario-record.ts'
import type { ProblemFold } from './faults-fired.ts'

export function pipelineProblems(scenario: PipelineScenario): ProblemFold {
  const faults = pipelineFaultsFired(scenario)
  const exited: string[] = []
  let put = 0
  let refused = 0
  let ended = false
  return {
    isCutShort: () => !ended,
    observe(event) {
      faults.observe(event)
      if (event.kind === 'object-put') {
        put++
        if (event.error !== undefined) refused++
      }
      if (event.kind === 'process-exited' && !event.expected) exited.push(event.process)
      if (event.kind === 'scenario-ended') ended = true
    },
    problems() {
      if (put === 0) return ['no object was put']
      return [
        ...(refused === 0 ? [] : [`S3 did not take ${refused} of ${put} objects`]),
        ...exited.map((name) => `${name} ended unasked`),
        ...(ended ? [] : ['it was cut short: what had not come by then may still have been on its way']),
        ...faults.problems(),
      ]
    },
  }
}
