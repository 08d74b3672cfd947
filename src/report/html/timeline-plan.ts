// Which findings and requests get a timeline: at most fifty in a report, findings before requests, and in turns over the
// scenarios, worst first, so that one bad scenario does not use them all up.

import type { RequestExample, RunReport, ScenarioReport } from '../../core/report-model.ts'
import { worstFirst } from '../ranking.ts'

export const timelinesMax = 50

/** Holds the very `Finding` and `RequestExample` or `ObjectExample` objects that are to be drawn. */
export type TimelinePlan = ReadonlySet<object>

export function planTimelines(report: RunReport): TimelinePlan {
  const scenarios = worstFirst(report.scenarios)
  const findings = scenarios.map((scenario) =>
    worstFirst(scenario.expectations).flatMap((expectation) => expectation.findings.filter(hasTimeline)),
  )
  const examples = scenarios.map((scenario) => [
    ...worthALook(scenario).filter(hasTimeline),
    ...(scenario.pipeline?.examples ?? []).filter(hasTimeline),
  ])
  return new Set([...inTurns<object>(findings), ...inTurns<object>(examples)].slice(0, timelinesMax))
}

/** Examples and the exemplars that have a timeline, each request once. */
export function worthALook({ examples, exemplars = [] }: ScenarioReport): readonly RequestExample[] {
  const shown = new Map<string, RequestExample>()
  for (const one of [...examples, ...exemplars.filter(hasTimeline)]) {
    if (!shown.has(one.requestId)) shown.set(one.requestId, one)
  }
  return [...shown.values()]
}

function hasTimeline(item: { readonly timeline?: readonly unknown[] | undefined }): boolean {
  return item.timeline !== undefined && item.timeline.length > 0
}

function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat()
}
