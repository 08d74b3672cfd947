// counters: what Envoy's own stats of the Envoy under test say about a scenario: the increase of a counter, the value of a
// gauge at the end. Stats that were never used are zero; names that Envoy does not know are a failure with a guess.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import { nearest } from '../core/did-you-mean.ts'
import type { Conclusion, Finding } from '../core/verdict.ts'
import { comparison, holds, numberComparison } from '../stats/comparison.ts'
import { clusterStatNames, isGauge, splitClusterStat } from './envoy-stats.ts'
import { nothingSeen } from './finding-list.ts'

const schema = z
  .record(z.string().min(1), numberComparison)
  .refine((config) => Object.keys(config).length > 0, 'at least one stat')

type Values = Readonly<Record<string, number>>

export const counters: CheckKind<Readonly<Record<string, string>>> = {
  name: 'counters',
  about: 'Increase of Envoy counters, and final values of Envoy gauges, of the Envoy under test.',
  schema,
  start(config) {
    let before: Values | undefined
    let after: Values | undefined
    let requests = 0
    return {
      observe(event) {
        if (event.kind === 'request-sent') requests++
        if (event.kind !== 'counters' || event.envoy !== 'egress') return
        if (event.phase === 'before') before ??= event.values
        else after = event.values
      },
      conclude(): Conclusion {
        if (before === undefined || after === undefined) {
          return nothingSeen(
            `no counters of the Envoy under test from ${before === undefined ? 'before' : 'after'} the load`,
          )
        }
        if (requests === 0) return nothingSeen('no request was sent')
        const [from, to] = [before, after]
        const results = Object.entries(config).map(([name, text]) => judge(name, text, from, to))
        const findings = results.flatMap(({ finding }) => finding ?? [])
        return {
          verdict: findings.length === 0 ? 'pass' : 'fail',
          summary: results.map(({ summary }) => summary).join(', '),
          looked: results.length,
          findings: findings.slice(0, 50),
          ...(findings.length > 50 ? { moreFindings: findings.length - 50 } : {}),
        }
      },
    }
  },
}

function judge(name: string, text: string, before: Values, after: Values): { summary: string; finding?: Finding } {
  const known = new Set([...Object.keys(before), ...Object.keys(after)])
  if (!known.has(name) && !unused(name, known)) {
    const guess = guessOf(name, known)
    const message = `Envoy has no stat ${name}${guess === undefined ? '' : `; did you mean ${guess}?`}`
    return { summary: message, finding: { rule: 'counters', message, expected: text } }
  }
  const value = (after[name] ?? 0) - (isGauge(name) ? 0 : (before[name] ?? 0))
  const summary = `${name} ${isGauge(name) ? 'is' : 'rose by'} ${value}`
  if (holds(comparison(text, 'number'), value)) return { summary: `${summary} (${text})` }
  const finding = { rule: 'counters', message: summary, expected: text, observed: String(value) }
  return { summary: `${summary}, expected ${text}`, finding }
}

/** A stat that Envoy knows, of a cluster that it has, and that has not been used. */
function unused(name: string, known: ReadonlySet<string>): boolean {
  const split = splitClusterStat(name)
  return split !== undefined && [...known].some((other) => other.startsWith(`cluster.${split.cluster}.`))
}

/** Among the stats seen and all that the seen clusters could have; silent where nothing is near. */
function guessOf(name: string, known: ReadonlySet<string>): string | undefined {
  const clusters = new Set([...known].flatMap((other) => splitClusterStat(other)?.cluster ?? []))
  const possible = [...clusters].flatMap((cluster) => clusterStatNames.map((stat) => `cluster.${cluster}.${stat}`))
  return nearest(name.slice(0, 200), new Set([...known, ...possible]))
}
