// Findings with a limit: the first 50 are kept, the rest only counted, so that a run where everything fails does not fill
// the memory or the report.

import type { Conclusion, Finding } from '../core/verdict.ts'

const findingsMax = 50

export interface FindingList {
  add(finding: Finding): void
  count(): number
  /** The part of a conclusion that tells them. */
  told(): Pick<Conclusion, 'findings' | 'moreFindings'>
}

export function findingList(): FindingList {
  const findings: Finding[] = []
  let more = 0
  return {
    add(finding) {
      if (findings.length < findingsMax) findings.push(finding)
      else more++
    },
    count: () => findings.length + more,
    told: () => ({ findings: [...findings], ...(more === 0 ? {} : { moreFindings: more }) }),
  }
}

/** What a check concludes when there was nothing for it to look at. */
export function nothingSeen(summary: string, skipped = 0): Conclusion {
  return { verdict: 'inconclusive', summary, looked: 0, ...(skipped === 0 ? {} : { skipped }), findings: [] }
}
