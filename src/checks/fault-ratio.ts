// fault-ratio: the share of attempts that a fault really hit agrees with the ratio it was given, by the exact two-sided
// binomial test at a false alarm of 1e-4. It looks at the attempts that reached the target's fault listeners in the fault's
// window, and is inconclusive where so few did that no attempt hit would be no surprise either.

import { z } from 'zod'
import type { Check, CheckContext, CheckKind } from '../core/check.ts'
import { evidenceOf, fired, type InjectionFlag, reached } from '../core/fault-evidence.ts'
import type { AttemptSeen, HistoryEvent, RequestSent } from '../core/history.ts'
import { recentMap } from '../core/recent-map.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import type { Conclusion } from '../core/verdict.ts'
import { binomialTwoSided, falseAlarmAlpha, trialsToTellFromNone } from '../stats/exact-interval.ts'
import { nothingSeen } from './finding-list.ts'

/** Dice are switched by a call to the fault Envoy: around that moment nobody knows which rule an attempt met. */
const guardMs = 50
const attemptsMax = 1_000_000

const schema = z.strictObject({
  fault: z.string().min(1).describe("The fault's name"),
  ratio: z.number().gt(0).max(1).describe('Share of attempts that it is to hit'),
})

type FaultRatio = z.output<typeof schema>

export const faultRatio: CheckKind<FaultRatio> = {
  name: 'fault-ratio',
  about: 'A fault hits the share of attempts that it was given, by an exact binomial test.',
  schema,
  unprovable({ ratio }, requests) {
    const needed = trialsToTellFromNone(ratio)
    return requests >= needed ? undefined : `a ratio of ${ratio} takes at least ${needed} attempts to tell from none`
  },
  start,
}

function start({ fault: name, ratio }: FaultRatio, { scenario }: CheckContext): Check {
  const fault = scenario.faults.find((candidate) => candidate.name === name)
  const tally = { hits: 0, attempts: 0, skipped: 0 }
  const follow = fault === undefined ? undefined : follower(fault, tally)
  return {
    observe: (event) => follow?.observe(event),
    conclude(): Conclusion {
      if (follow === undefined)
        return nothingSeen(`no fault "${name}" of kind abort, delay or throughput in the scenario`)
      follow.finish()
      const { hits, attempts, skipped } = tally
      if (attempts === 0) return nothingSeen(`no attempt reached ${fault?.target} while ${name} was on`, skipped)
      const chance = binomialTwoSided(hits, attempts, ratio)
      const observed = `${name} hit ${hits} of ${attempts} attempts (${((100 * hits) / attempts).toFixed(2)} %)`
      const figures = { hitsCount: hits, attemptsCount: attempts, chanceRatio: chance }
      const needed = trialsToTellFromNone(ratio)
      const told = { looked: attempts, skipped, figures }
      if (chance <= falseAlarmAlpha) {
        const summary = `${observed}, which a ratio of ${ratio} gives with a chance of ${chance.toExponential(1)} only`
        const finding = {
          rule: 'fault-ratio',
          message: summary,
          expected: String(ratio),
          observed: String(hits / attempts),
        }
        return { verdict: 'fail', summary, findings: [finding], ...told }
      }
      if (attempts < needed) {
        const summary = `${observed}: too few to tell a ratio of ${ratio} from none, ${needed} attempts needed`
        return { verdict: 'inconclusive', summary, findings: [], ...told }
      }
      return { verdict: 'pass', summary: `${observed}, as a ratio of ${ratio} gives`, findings: [], ...told }
    },
  }
}

interface Tally {
  hits: number
  attempts: number
  skipped: number
}

interface Follower {
  observe(event: HistoryEvent): void
  finish(): void
}

function follower(fault: FaultRecord, tally: Tally): Follower | undefined {
  if (fault.kind === 'throughput') return followPlan(fault, tally)
  const flag: InjectionFlag | undefined = fault.kind === 'abort' ? 'FI' : fault.kind === 'delay' ? 'DI' : undefined
  if (flag === undefined) return undefined
  return evidenceOf(fault) === 'dice' ? followDice(fault, flag, tally) : followPlan(fault, tally)
}

/** Requests intended in the window carry the plan, whenever their attempts come. Attempts may stand before their request. */
function followPlan(fault: FaultRecord, tally: Tally): Follower {
  const requests = recentMap<RequestSent | 'outside'>()
  const early = recentMap<AttemptSeen[]>()
  let startMs: number | undefined
  const judge = (request: RequestSent | 'outside', seen: AttemptSeen) => {
    if (request === 'outside') return
    tally.attempts++
    if (request.plan.some((planned) => planned.fault === fault.name && fired(planned, seen))) tally.hits++
  }
  return {
    observe(event) {
      if (event.kind === 'scenario-started') startMs ??= event.atMs
      else if (event.kind === 'request-answered') requests.release(event.id, event.atMs)
      else if (event.kind === 'request-sent') {
        const sinceStartMs = event.intendedMs - (startMs ?? event.intendedMs)
        const inside = startMs !== undefined && sinceStartMs >= fault.fromMs && sinceStartMs < fault.untilMs
        const request = inside ? event : 'outside'
        requests.set(event.id, request)
        for (const seen of early.get(event.id) ?? []) judge(request, seen)
        early.delete(event.id)
      } else if (event.kind === 'attempt-seen' && reached(fault, event)) {
        const request = requests.get(event.id)
        if (request === undefined) early.set(event.id, [...(early.get(event.id) ?? []), event])
        else judge(request, event)
      }
    },
    finish() {
      for (const attempts of early.values()) tally.skipped += attempts.length
      tally.skipped += early.lost + requests.lost
    },
  }
}

/** Dice roll for every attempt that starts between injection and heal. */
function followDice(fault: FaultRecord, flag: InjectionFlag, tally: Tally): Follower {
  const waiting: { readonly startMs: number; readonly hit: boolean }[] = []
  let injectedMs: number | undefined
  let healedMs = Number.POSITIVE_INFINITY
  return {
    observe(event) {
      if (event.kind === 'fault-injected' && event.fault === fault.name) injectedMs ??= event.atMs
      else if (event.kind === 'fault-healed' && event.fault === fault.name) healedMs = event.atMs
      else if (event.kind === 'attempt-seen' && reached(fault, event)) {
        if (waiting.length < attemptsMax) waiting.push({ startMs: event.startMs, hit: event.flags.includes(flag) })
        else tally.skipped++
      }
    },
    finish() {
      if (injectedMs === undefined) return
      for (const { startMs, hit } of waiting.splice(0)) {
        if (startMs < injectedMs || startMs > healedMs) continue
        if (startMs < injectedMs + guardMs || startMs > healedMs - guardMs) tally.skipped++
        else {
          tally.attempts++
          if (hit) tally.hits++
        }
      }
    },
  }
}
