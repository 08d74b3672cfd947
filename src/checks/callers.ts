// callers: several callers of an upstream, each with a listener of its own, stay apart in Envoy's metrics: what
// `http.<stat_prefix>.` counts for one is exactly what the access log tells of its own requests, so nobody's errors show up
// under another's name. It does not ask whether the answers were right.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import { meshOf } from '../core/scenario-record.ts'
import type { Conclusion, Finding } from '../core/verdict.ts'
import type { DeclaredListener, DeclaredPolicy } from '../mesh/policy.ts'
import { findingList, nothingSeen } from './finding-list.ts'

interface Caller {
  readonly name: string
  readonly statPrefix: string
  /** By stat, as the access log has it. */
  readonly logged: Map<string, number>
}

const openMax = 100_000
const classes = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const
const stats = ['total', ...classes] as const

export const callers: CheckKind<Record<string, never>> = {
  name: 'callers',
  about: "Callers with a listener each: the metrics of each count its own requests and no one else's, exactly.",
  schema: z.strictObject({}),
  start(_config, { header, scenario: record }) {
    const scenario = meshOf(record)
    const { listeners = [] } = (header.declaredPolicy[scenario.name] ?? {}) as Partial<DeclaredPolicy>
    const all = new Map(listeners.map((listener) => [listener.name, callerOf(listener)]))
    const findings = findingList()
    const entered = new Map<string, string>()
    const before = new Map<string, number>()
    const after = new Map<string, number>()
    const strangers = (id: string, listener: string): Finding => ({
      rule: 'callers',
      message: `a request to listener ${entered.get(id)} came in by another one`,
      expected: entered.get(id) ?? '',
      observed: listener,
      requestId: id,
    })
    return {
      observe(event) {
        if (event.kind === 'counters' && event.envoy === 'egress') {
          const values = event.phase === 'before' ? before : after
          if (event.phase === 'after' || values.size === 0) {
            for (const [name, value] of Object.entries(event.values)) values.set(name, value)
          }
        } else if (event.kind === 'request-sent') {
          const meant = scenario.traffic[event.traffic]?.request.listener ?? listeners[0]?.name
          if (meant !== undefined && entered.size < openMax) entered.set(event.id, meant)
        } else if (event.kind === 'request-logged') {
          const by = event.listener ?? listeners[0]?.name ?? ''
          const meant = entered.get(event.id)
          if (meant !== undefined && meant !== by) findings.add(strangers(event.id, by))
          entered.delete(event.id)
          count(all.get(by), event.code)
        }
      },
      conclude(): Conclusion {
        const used = [...all.values()].filter(({ logged }) => (logged.get('total') ?? 0) > 0)
        if (after.size === 0) return nothingSeen('no counters of the Envoy under test')
        if (used.length < 2) return nothingSeen(`${used.length} of ${all.size} callers sent requests; two are needed`)
        for (const finding of [...sharedPrefixes(used), ...used.flatMap((one) => differences(one, before, after))]) {
          findings.add(finding)
        }
        const summary = used.map(
          ({ name, logged }) => `${name} ${logged.get('total')} (5xx: ${logged.get('5xx') ?? 0})`,
        )
        return {
          verdict: findings.count() === 0 ? 'pass' : 'fail',
          summary: `requests by caller, as Envoy counts them and as they were: ${summary.join(', ')}`,
          looked: used.length * stats.length,
          ...findings.told(),
        }
      },
    }
  },
}

const callerOf = ({ name, edge }: DeclaredListener): Caller => ({
  name,
  statPrefix: edge?.statPrefix ?? '',
  logged: new Map(),
})

function count(caller: Caller | undefined, code: number): void {
  if (caller === undefined) return
  const byClass = code >= 100 ? [`${Math.floor(code / 100)}xx`] : []
  for (const stat of ['total', ...byClass]) caller.logged.set(stat, (caller.logged.get(stat) ?? 0) + 1)
}

function sharedPrefixes(used: readonly Caller[]): readonly Finding[] {
  const groups = Map.groupBy(used, ({ statPrefix }) => statPrefix)
  return [...groups].flatMap(([prefix, group]): Finding[] => {
    if (group.length < 2) return []
    const names = group.map(({ name }) => name).join(' and ')
    const message = `${names} share the stat_prefix ${prefix}: their metrics cannot be told apart`
    return [{ rule: 'callers', message, expected: 'a stat_prefix each', observed: prefix }]
  })
}

function differences(
  { name, statPrefix, logged }: Caller,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly Finding[] {
  return stats.flatMap((stat): Finding[] => {
    const full = `http.${statPrefix}.downstream_rq_${stat}`
    const rise = (after.get(full) ?? 0) - (before.get(full) ?? 0)
    const own = logged.get(stat) ?? 0
    if (rise === own) return []
    const message = `caller ${name}: ${full} rose by ${rise}, its own requests are ${own}`
    return [{ rule: 'callers', message, expected: String(own), observed: String(rise) }]
  })
}
