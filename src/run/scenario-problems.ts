// What makes a scenario inconclusive whatever its checks say: no requests, requests without an answer in the history,
// requests that the generator itself could not send, a fault that never fired. It never looks at what was expected.

import type { CheckContext } from '../core/check.ts'
import { isPipeline } from '../core/scenario-record.ts'
import { faultsFired, type ProblemFold } from './faults-fired.ts'
import { pipelineProblems } from './pipeline-problems.ts'

const openMax = 1_000_000

export function scenarioProblems({ header, scenario }: CheckContext): ProblemFold {
  if (isPipeline(scenario)) return pipelineProblems(scenario)
  const faults = faultsFired(scenario, declaredClusters(header.declaredPolicy[scenario.name]))
  const requests = followAnswers()
  return {
    observe(event) {
      requests.observe(event)
      faults.observe(event)
    },
    problems() {
      const problems = requests.problems()
      // Without requests no fault can fire: one reason is enough.
      return requests.any() ? [...problems, ...faults.problems()] : problems
    },
  }
}

function followAnswers(): ProblemFold & { any(): boolean } {
  const open = new Set<string>()
  const early = new Set<string>()
  let sent = 0
  let uncounted = 0
  let notSent = 0
  let interrupted = 0
  const keep = (ids: Set<string>, id: string) => {
    if (ids.size < openMax) ids.add(id)
    else uncounted++
  }
  return {
    any: () => sent > 0,
    observe(event) {
      if (event.kind === 'request-sent') {
        sent++
        if (!early.delete(event.id)) keep(open, event.id)
      } else if (event.kind === 'request-answered') {
        if (!open.delete(event.id)) keep(early, event.id)
        if (event.error === 'not-sent') notSent++
        if (event.error === 'interrupted') interrupted++
      }
    },
    problems() {
      if (sent === 0) return ['no request was sent']
      const unmatched = open.size + early.size + uncounted
      return [
        ...(unmatched === 0 ? [] : [`${unmatched} requests have no answer in the history, or answers no request`]),
        ...(notSent === 0
          ? []
          : [`the generator could not send ${notSent} of ${sent} requests: this machine is too slow for the load`]),
        ...(interrupted === 0 ? [] : [`${interrupted} of ${sent} requests were interrupted`]),
      ]
    },
  }
}

/** The names are all that is needed here, so the policy's own type stays out. */
function declaredClusters(policy: unknown): readonly string[] {
  const clusters: unknown = typeof policy === 'object' && policy !== null && 'clusters' in policy ? policy.clusters : []
  if (!Array.isArray(clusters)) return []
  return clusters.flatMap((cluster: unknown) =>
    typeof cluster === 'object' && cluster !== null && 'name' in cluster && typeof cluster.name === 'string'
      ? [cluster.name]
      : [],
  )
}
