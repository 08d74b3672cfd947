// Rule `retry-breaker`: a retry is refused (UO without `{overflow}`) only while all declared retry slots are taken, and
// never are more taken; with a retry budget their number follows the load (retry-budget.ts). A request holds a slot from the end of the attempt that failed, through the back-off, to the head
// of the last retry.

import { type ClusterContext, type ClusterWatch, declaredAt } from './breaker-context.ts'
import { endedInBackOff } from './retriable.ts'
import { retryBudget } from './retry-budget.ts'
import { configLine, nameOf, type WholeRequest } from './rule.ts'
import { slots } from './slots.ts'
import { drawing } from './timeline.ts'

export const retryBreaker = {
  name: 'retry-breaker',
  about: 'its retry is refused although a slot is free, or made although none is',
} as const

const lineKeys = ['retryBudget', 'maxRetries', 'breaker', 'cluster'] as const

export function watchRetries(context: ClusterContext): ClusterWatch {
  const { name: cluster, pushes, marginMs, report } = context
  const budget = retryBudget(marginMs)
  const tell = (request: WholeRequest, message: string, count: number, limit: number, atMs: number) =>
    report(
      retryBreaker.name,
      {
        message: `${nameOf(request)} ${message}`,
        expected: `at most ${limit} retries to ${cluster} at a time`,
        observed: `${count} at that moment`,
        ...configLine(declaredAt(context, atMs)?.lines, ...lineKeys),
      },
      drawing(request),
    )
  const breaker = slots({
    limitAt(atMs, side) {
      const breakers = declaredAt(context, atMs)?.breakers
      if (breakers?.retryBudget !== undefined) return budget.limitAt(atMs, side, breakers.retryBudget)
      return breakers?.maxRetries ?? Number.POSITIVE_INFINITY
    },
    marginMs,
    epochAt: pushes.epochAt,
    muted: (atMs) => pushes.touches(atMs, atMs),
    held(request, surely, limit, atMs) {
      if (surely > limit) tell(request, 'was tried again although all retry slots were taken', surely, limit, atMs)
      else report(retryBreaker.name, 'kept')
    },
    refused(request, possibly, limit, atMs) {
      if (possibly < limit) tell(request, 'was not tried again although a retry slot was free', possibly, limit, atMs)
      else report(retryBreaker.name, 'kept')
    },
  })
  return {
    admit(request) {
      budget.admit(request)
      const { attempts, logged } = request
      const [first] = attempts
      const last = attempts.at(-1)
      if (first === undefined || last === undefined) return
      const heldOn = endedInBackOff(request)
      if (last !== first || heldOn) {
        const surelyUntilMs = last === first ? first.atMs : (last.headMs ?? last.atMs)
        const possiblyUntilMs = heldOn ? logged.atMs : last.atMs
        breaker.hold({ fromMs: first.atMs, surelyUntilMs, possiblyUntilMs, request })
      }
      if (isRetryRefused(request)) breaker.refuse(last.atMs, request)
    },
    advance(watermarkMs) {
      breaker.advance(watermarkMs)
      budget.forget(watermarkMs)
    },
  }
}

/** The retry breaker was full: the client gets the original answer, only the flag tells. */
export function isRetryRefused({ logged }: Pick<WholeRequest, 'logged'>): boolean {
  return logged.flags.includes('UO') && !logged.details.includes('{overflow}')
}
