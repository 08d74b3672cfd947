// Counts what each rule looked at, could not judge and found, and keeps the findings worth showing. Rules that were
// disabled are counted nowhere. What rests on durations is kept apart, so that it can be left out as a whole.

import type { Finding } from '../../core/verdict.ts'
import type { Report } from './rule.ts'

const findingsMax = 50
const findingsPerRuleMax = 15

export interface RuleCount {
  looked: number
  late: number
  violations: number
  /** Of these, how many rest on durations. */
  timed: number
}

export interface Tally {
  readonly report: Report
  readonly counts: ReadonlyMap<string, RuleCount>
  /** At most 50; every rule that found something is among them. */
  findings(withTimed: boolean): readonly Finding[]
  violations(withTimed: boolean): number
}

interface Kept {
  readonly finding: Finding
  readonly timed: boolean
}

export function tally(rules: readonly string[]): Tally {
  const counts = new Map<string, RuleCount>(
    rules.map((rule) => [rule, { looked: 0, late: 0, violations: 0, timed: 0 }]),
  )
  const kept = new Map<string, Kept[]>(rules.map((rule) => [rule, []]))
  return {
    counts,
    report(rule, judgement, draw = () => ({})) {
      const count = counts.get(rule)
      if (count === undefined || judgement === 'not-asked') return
      if (judgement === 'late') {
        count.late++
        return
      }
      count.looked++
      if (judgement === 'kept') return
      const { timed = false, ...violation } = judgement
      count.violations++
      if (timed) count.timed++
      const same = kept.get(rule)?.filter((one) => one.timed === timed).length ?? 0
      if (same < findingsPerRuleMax) kept.get(rule)?.push({ finding: { rule, ...violation, ...draw() }, timed })
    },
    findings(withTimed) {
      const lists = [...kept.values()].map((list) => list.filter((one) => withTimed || !one.timed))
      // One of each rule first, so that a rule with many does not hide the others.
      const rows = Array.from({ length: findingsPerRuleMax }, (_, row) =>
        lists.flatMap((list) => list.slice(row, row + 1)),
      )
      return rows
        .flat()
        .slice(0, findingsMax)
        .map((one) => one.finding)
    },
    violations(withTimed) {
      const of = (count: RuleCount) => count.violations - (withTimed ? 0 : count.timed)
      return [...counts.values()].reduce((sum, count) => sum + of(count), 0)
    },
  }
}
