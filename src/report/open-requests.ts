// Puts the events of one request together. A request is settled a grace period after its answer, because the lines of
// Envoy's logs come in later than the client's answer; then it is handed on and forgotten. So memory holds open requests
// and those of the last two seconds only.

import type { AttemptLogged, AttemptSeen, RequestAnswered, RequestLogged, RequestSent } from '../core/history.ts'
import type { Attempt } from './outcome.ts'

const graceMs = 2000
const openMax = 100_000

export type RequestEvent = RequestSent | RequestAnswered | RequestLogged | AttemptLogged | AttemptSeen

export interface SettledRequest {
  readonly sent: RequestSent
  readonly answered?: RequestAnswered
  readonly logged?: RequestLogged
  /** By attempt number. Only those for which a host was chosen, or that the fault hop saw. */
  readonly attempts: readonly Attempt[]
}

interface OpenRequest {
  sent?: RequestSent
  answered?: RequestAnswered
  logged?: RequestLogged
  readonly attemptsLogged: AttemptLogged[]
  readonly attemptsSeen: AttemptSeen[]
}

export interface OpenRequests {
  observe(event: RequestEvent): void
  /** Settles what is left. */
  flush(): void
}

export function openRequests(settled: (request: SettledRequest) => void): OpenRequests {
  const open = new Map<string, OpenRequest>()
  const answeredInOrder: { readonly id: string; readonly dueMs: number }[] = []
  let nextDue = 0
  let nowMs = Number.NEGATIVE_INFINITY

  const settle = (id: string): void => {
    const request = open.get(id)
    open.delete(id)
    if (request?.sent !== undefined) settled(close(request.sent, request))
  }
  const settleDue = (): void => {
    for (let due = answeredInOrder[nextDue]; due !== undefined && due.dueMs <= nowMs; due = answeredInOrder[nextDue]) {
      settle(due.id)
      nextDue++
    }
    if (nextDue > 1000) answeredInOrder.splice(0, nextDue)
    if (nextDue > 1000) nextDue = 0
    for (const oldest of open.keys()) {
      if (open.size <= openMax) break
      settle(oldest)
    }
  }
  return {
    observe(event) {
      nowMs = Math.max(nowMs, event.atMs)
      const request = open.get(event.id) ?? { attemptsLogged: [], attemptsSeen: [] }
      open.set(event.id, request)
      if (event.kind === 'request-sent') request.sent = event
      else if (event.kind === 'request-logged') request.logged = event
      else if (event.kind === 'attempt-logged') request.attemptsLogged.push(event)
      else if (event.kind === 'attempt-seen') request.attemptsSeen.push(event)
      else {
        request.answered = event
        answeredInOrder.push({ id: event.id, dueMs: event.atMs + graceMs })
      }
      settleDue()
    },
    flush() {
      for (const id of [...open.keys()]) settle(id)
    },
  }
}

function close(sent: RequestSent, request: OpenRequest): SettledRequest {
  const attempts = new Map<number, { attempt: number; logged?: AttemptLogged; seen?: AttemptSeen }>()
  for (const logged of request.attemptsLogged) {
    if (logged.host !== '') attempts.set(logged.attempt, { attempt: logged.attempt, logged })
  }
  for (const seen of request.attemptsSeen) {
    attempts.set(seen.attempt, { ...attempts.get(seen.attempt), attempt: seen.attempt, seen })
  }
  return {
    sent,
    ...(request.answered === undefined ? {} : { answered: request.answered }),
    ...(request.logged === undefined ? {} : { logged: request.logged }),
    attempts: [...attempts.values()].sort((left, right) => left.attempt - right.attempt),
  }
}
