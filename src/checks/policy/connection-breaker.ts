// Rule `connection-breaker`: HTTP/1.1 attempts never surely hold more connections than `max_connections` (each host gets one
// regardless), and an attempt waits for one only while as many are in use. The second half is asked only of clusters of one
// host, because idle connections to other hosts count and are not seen, and only where no fault hinders connecting. Whether
// a queue that forms is too long is for `pending-breaker`.

import type { AttemptLogged } from '../../core/history.ts'
import { type ClusterContext, type ClusterWatch, declaredAt, lagAround, mainThreadMs } from './breaker-context.ts'
import { configLine, nameOf, type WholeRequest } from './rule.ts'
import { slots } from './slots.ts'
import { drawing } from './timeline.ts'

export const connectionBreaker = {
  name: 'connection-breaker',
  about: 'it has a connection beyond the declared number, or waits for one although there is room',
} as const

/** A new connection on loopback is there long before. */
const connectMs = mainThreadMs / 2

export function watchConnections(context: ClusterContext): ClusterWatch {
  const { name: cluster, hosts, pushes, marginMs } = context
  const tell = (request: WholeRequest, message: string, limit: number, count: number, atMs: number) =>
    context.report(
      connectionBreaker.name,
      {
        message: `${nameOf(request)} ${message}`,
        expected: `at most ${limit} connections to ${cluster}`,
        observed: `${count} in use at that moment`,
        ...configLine(declaredAt(context, atMs)?.lines, 'maxConnections', 'breaker', 'cluster'),
      },
      drawing(request),
    )
  const kept = () => context.report(connectionBreaker.name, 'kept')
  const inUse = slots({
    limitAt: (atMs) => declaredAt(context, atMs)?.breakers.maxConnections ?? Number.POSITIVE_INFINITY,
    epochAt: pushes.epochAt,
    muted: (atMs) => pushes.touches(atMs, atMs),
    marginMs,
    held(request, surely, limit, atMs) {
      const most = limit + hosts - 1
      if (surely > most) tell(request, 'was sent on a connection too many', most, surely, atMs)
      else kept()
    },
    refused(request, possibly, limit, atMs) {
      if (possibly < limit) tell(request, 'waited for a connection although there was room', limit, possibly, atMs)
      else kept()
    },
  })

  /** Moments of an attempt that got a connection at `readyMs`. */
  function follow({ startMs, atMs, flags }: AttemptLogged, readyMs: number, request: WholeRequest): void {
    inUse.hold({ fromMs: readyMs, surelyUntilMs: atMs, possiblyUntilMs: atMs, request })
    if (hosts !== 1 || context.hindered === true) return
    // It was being made for a while before.
    const madeMs = Math.max(startMs, readyMs - connectMs)
    if (madeMs < readyMs - 1) {
      inUse.hold({ fromMs: madeMs, surelyUntilMs: madeMs, possiblyUntilMs: readyMs - 1, request })
    }
    const { lagMs } = lagAround(context, startMs)
    const askedMs = startMs + connectMs
    if (readyMs - startMs <= 2 * connectMs + lagMs || flags.includes('UO')) return
    if (context.activity.turned(askedMs, readyMs - connectMs)) inUse.refuse(askedMs, request)
  }

  return {
    admit(request) {
      for (const attempt of request.attempts) {
        if (attempt.readyMs === undefined || attempt.protocol !== 'HTTP/1.1') continue
        follow(attempt, attempt.readyMs, request)
      }
    },
    advance: (watermarkMs) => inUse.advance(watermarkMs),
  }
}
