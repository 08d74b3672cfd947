// Rule `pending-breaker`: a request is refused with `{overflow}` only while as many wait for a connection as declared (or
// as many run as `max_requests` allows), at once, and never do more wait. An attempt waits from its start until its
// connection is ready. That an overflow is never retried is for `retry-reason`.

import type { AttemptLogged } from '../../core/history.ts'
import { type ClusterContext, type ClusterWatch, declaredAt, lagAround } from './breaker-context.ts'
import { configLine, type Judgement, nameOf, type WholeRequest } from './rule.ts'
import { slots } from './slots.ts'
import { drawing } from './timeline.ts'

export const pendingBreaker = {
  name: 'pending-breaker',
  about: 'it is refused although the queue has room, refused late, or waits although the queue is full',
} as const

export function watchPending(context: ClusterContext): ClusterWatch {
  const waiting = slots(
    rulesFor(context, 'maxPending', (breakers) => breakers.maxPendingRequests, 'wait for a connection'),
  )
  const running = slots(rulesFor(context, 'maxRequests', (breakers) => breakers.maxRequests, 'run'))
  return {
    admit(request) {
      for (const attempt of request.attempts) {
        const { startMs: fromMs, readyMs, atMs } = attempt
        if (attempt.flags.includes('UO')) {
          // A pending overflow happens before a host is chosen; max_requests refuses at the host.
          const refusing = attempt.host === '' ? waiting : running
          refusing.refuse(fromMs, request)
          context.report(pendingBreaker.name, judgeDelay(context, request, attempt), drawing(request))
          continue
        }
        const waitedUntilMs = readyMs ?? atMs
        waiting.hold({ fromMs, surelyUntilMs: waitedUntilMs, possiblyUntilMs: waitedUntilMs, request })
        if (readyMs === undefined) continue
        running.hold({
          fromMs: readyMs,
          surelyUntilMs: attempt.headMs ?? atMs,
          possiblyUntilMs: request.logged.atMs,
          request,
        })
      }
    },
    advance(watermarkMs) {
      waiting.advance(watermarkMs)
      running.advance(watermarkMs)
    },
  }
}

type Breakers = NonNullable<ReturnType<typeof declaredAt>>['breakers']

function rulesFor(context: ClusterContext, key: string, limitOf: (breakers: Breakers) => number, doing: string) {
  const { name: cluster, pushes, marginMs, report } = context
  const limitAt = (atMs: number) => {
    const declared = declaredAt(context, atMs)
    return declared === undefined ? Number.POSITIVE_INFINITY : limitOf(declared.breakers)
  }
  const tell = (request: WholeRequest, message: string, count: number, limit: number, atMs: number) =>
    report(
      pendingBreaker.name,
      {
        message: `${nameOf(request)} ${message}`,
        expected: `at most ${limit} requests to ${cluster} ${doing}`,
        observed: `${count} at that moment`,
        ...configLine(declaredAt(context, atMs)?.lines, key, 'breaker', 'cluster'),
      },
      drawing(request),
    )
  return {
    limitAt,
    marginMs,
    epochAt: pushes.epochAt,
    muted: (atMs: number) => pushes.touches(atMs, atMs),
    held(request: WholeRequest, surely: number, limit: number, atMs: number) {
      if (surely > limit) tell(request, `was let in although the breaker was full`, surely, limit, atMs)
      // Every attempt runs, so counting those would hide whether any ever waited.
      else if (key === 'maxPending') report(pendingBreaker.name, 'kept')
    },
    refused(request: WholeRequest, possibly: number, limit: number, atMs: number) {
      if (possibly < limit) tell(request, `was refused although the breaker had room`, possibly, limit, atMs)
      else report(pendingBreaker.name, 'kept')
    },
  }
}

function judgeDelay(context: ClusterContext, request: WholeRequest, attempt: AttemptLogged): Judgement {
  if (context.pushes.touches(attempt.startMs, attempt.atMs)) return 'not-asked'
  const { lagMs, late } = lagAround(context, attempt.startMs)
  const tookMs = attempt.atMs - attempt.startMs
  const latestMs = context.tickMs + 1 + lagMs
  if (tookMs <= latestMs) return late ? 'late' : 'kept'
  if (!context.activity.turned(attempt.startMs + latestMs, attempt.atMs)) return 'late'
  const message = `${nameOf(request)} waited ${tookMs.toFixed(1)} ms before it was refused`
  return { message, expected: 'refused at once', observed: `${tookMs.toFixed(1)} ms` }
}
