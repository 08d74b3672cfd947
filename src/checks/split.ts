// split: the requests on each weighted route are shared out among its clusters as declared, by the exact two-sided binomial
// test, at a false alarm of 1e-4 for the whole scenario. Each version of the config that was pushed is a phase of its own;
// requests that met a push are left out. It passes only with so many requests that a share which is wrong by `detect`
// would have come to light with 99 %.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { HistoryEvent, RequestLogged, RequestSent } from '../core/history.ts'
import { recentMap } from '../core/recent-map.ts'
import { meshOf } from '../core/scenario-record.ts'
import type { Conclusion, Finding } from '../core/verdict.ts'
import { type DeclaredPolicy, possibleRoutes } from '../mesh/policy.ts'
import { binomialTwoSided, falseAlarmAlpha, trialsToTellFromNone } from '../stats/exact-interval.ts'
import { nothingSeen } from './finding-list.ts'
import { likelyWays } from './likely-ways.ts'
import { pushWindows } from './policy/push-windows.ts'
import { asRouted } from './policy/routing.ts'
import { configLine } from './policy/rule.ts'

const schema = z.strictObject({
  detect: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.1)
    .describe('A share that is wrong by this much must come to light; 0.1: ten points of a hundred'),
})
type Split = z.output<typeof schema>

/** One weighted route in one version of the config. */
interface Group {
  readonly name: string
  readonly line: Pick<Finding, 'config'>
  readonly chances: ReadonlyMap<string, number>
  readonly counts: Map<string, number>
  requests: number
}

export const split: CheckKind<Split> = {
  name: 'split',
  about: 'Requests on weighted routes are shared out among clusters as declared, by an exact binomial test.',
  schema,
  unprovable({ detect }, requests) {
    const needed = trialsToTellFromNone(detect)
    return requests >= needed
      ? undefined
      : `a share that is wrong by ${detect} takes at least ${needed} requests to see`
  },
  start({ detect }, { header, scenario: record }) {
    const scenario = meshOf(record)
    const pushes = pushWindows(header.declaredPolicy[scenario.name] as DeclaredPolicy)
    const groups = new Map<string, Group>()
    const sent = recentMap<RequestSent>()
    const early = recentMap<RequestLogged>()
    let skipped = 0

    function judge(request: RequestSent, logged: RequestLogged) {
      if (pushes.touches(request.atMs, logged.atMs)) {
        skipped++
        return
      }
      const policy = pushes.policyAt(request.atMs)
      const ways = likelyWays(possibleRoutes(policy, asRouted({ sent: request }, scenario.traffic)))
      if (ways === undefined || (logged.flags.includes('DC') && logged.cluster === '')) return
      const line = configLine(ways.route.lines, 'weights', 'match', 'route')
      const key = JSON.stringify([line, [...ways.chances]])
      const name = `${request.host} ${[...ways.chances.keys()].join(' / ')}`
      const group = groups.get(key) ?? { name, line, chances: ways.chances, counts: new Map(), requests: 0 }
      groups.set(key, group)
      const way = logged.details === 'direct_response' ? `answer ${logged.code}` : logged.cluster
      group.requests++
      group.counts.set(way, (group.counts.get(way) ?? 0) + 1)
    }

    function observe(event: HistoryEvent) {
      if (event.kind === 'config-pushed' || event.kind === 'config-accepted' || event.kind === 'config-rejected') {
        pushes.observe(event)
      } else if (event.kind === 'request-sent') {
        const logged = early.get(event.id)
        if (logged !== undefined) judge(event, logged)
        else sent.set(event.id, event)
      } else if (event.kind === 'request-logged') {
        const request = sent.get(event.id)
        if (request !== undefined) judge(request, event)
        else early.set(event.id, event)
        sent.delete(event.id)
      }
    }
    return { observe, conclude: () => concludeGroups([...groups.values()], detect, skipped) }
  },
}

function concludeGroups(groups: readonly Group[], detect: number, skipped: number): Conclusion {
  const looked = groups.reduce((sum, { requests }) => sum + requests, 0)
  if (looked === 0) return nothingSeen('no request took a route that leaves anything to chance', skipped)
  const tests = groups.flatMap((group) =>
    [...new Set([...group.chances.keys(), ...group.counts.keys()])].map((way) => testOf(group, way)),
  )
  const findings = tests.filter(({ chance }) => chance <= falseAlarmAlpha / tests.length).map(findingOf)
  const shares = groups.map(sharesOf).join('; ')
  const told = { looked, ...(skipped > 0 && { skipped }), findings, figures: figuresOf(tests) }
  const [worst] = findings
  if (worst !== undefined) return { verdict: 'fail', summary: worst.message, ...told }
  const few = groups.find((group) => group.requests < requestsNeeded(group, detect, tests.length))
  if (few !== undefined) {
    const needed = requestsNeeded(few, detect, tests.length)
    const summary = `${shares}: too few to see a share that is wrong by ${detect}, ${needed} requests needed on ${few.name}`
    return { verdict: 'inconclusive', summary, ...told }
  }
  return { verdict: 'pass', summary: `${shares}, as declared`, ...told }
}

interface Tested {
  readonly group: Group
  readonly way: string
  readonly hits: number
  readonly ratio: number
  readonly chance: number
}

function testOf(group: Group, way: string): Tested {
  const hits = group.counts.get(way) ?? 0
  const ratio = group.chances.get(way) ?? 0
  const chance = ratio > 0 ? binomialTwoSided(hits, group.requests, ratio) : hits > 0 ? 0 : 1
  return { group, way, hits, ratio, chance }
}

function findingOf({ group, way, hits, ratio, chance }: Tested): Finding {
  const share = `${hits} of ${group.requests}`
  const message = `${share} requests of ${group.name} went to ${way || 'no route'}, which a share of ${percent(ratio)} gives with a chance of ${chance.toExponential(1)} only`
  return { rule: 'split', message, expected: percent(ratio), observed: percent(hits / group.requests), ...group.line }
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 10_000) / 100} %`
}

function sharesOf({ name, counts, requests }: Group): string {
  return `${name}: ${[...counts].map(([way, hits]) => `${hits} ${way || 'no route'}`).join(', ')} of ${requests}`
}

function figuresOf(tests: readonly Tested[]): Readonly<Record<string, number>> {
  return Object.fromEntries(tests.map(({ way, hits }, index) => [`${index + 1}.${way || 'none'}.requestsCount`, hits]))
}

const missedRatio = 0.01

/** So many that a share which is wrong by `detect`, on either side, is refuted with 99 % (normal approximation). */
function requestsNeeded({ chances }: Group, detect: number, tests: number): number {
  const sizes = [...chances.values()].flatMap((ratio) =>
    [ratio - detect, ratio + detect]
      .filter((wrong) => wrong >= 0 && wrong <= 1)
      .map((wrong) => {
        const spread =
          quantile(falseAlarmAlpha / tests / 2) * deviation(ratio) + quantile(missedRatio) * deviation(wrong)
        return Math.ceil((spread / detect) ** 2)
      }),
  )
  return Math.max(1, ...sizes)
}

function deviation(ratio: number): number {
  return Math.sqrt(ratio * (1 - ratio))
}

/** Of the upper tail of the normal distribution, to 0.5 % (Abramowitz and Stegun 26.2.23). */
function quantile(tail: number): number {
  const t = Math.sqrt(-2 * Math.log(tail))
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
}
