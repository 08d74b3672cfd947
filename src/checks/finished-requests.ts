// Puts each request and its answer together, in whichever order they stand in the history, and says whether the user was
// served. Requests that the generator itself could not send, or broke off, say nothing about the mesh: they are skipped
// and counted. Memory holds open requests only.

import { grpcStatusText } from '../core/grpc-status.ts'
import type { HistoryEvent, RequestAnswered, RequestSent } from '../core/history.ts'
import type { Finding } from '../core/verdict.ts'
import { type RequestFilter, selects } from './request-filter.ts'

const openMax = 1_000_000

export interface FinishedRequest {
  readonly sent: RequestSent
  readonly answered: RequestAnswered
  /** See `served`. */
  readonly ok: boolean
}

export interface RequestFollower {
  observe(event: HistoryEvent): void
  /** Finished requests that the filter selected and that say something about the mesh. */
  looked(): number
  /** Requests that could not be judged: not sent, interrupted, without answer, or outside of a known window. */
  skipped(): number
}

/**
 * A whole answer with a status below 500: a client's own mistake (404, 429) is an answer too. Of a gRPC call its
 * grpc-status decides, and only OK will do.
 */
function served({ error, status, grpcStatus = 0 }: RequestAnswered): boolean {
  return error === undefined && status !== undefined && status < 500 && grpcStatus === 0
}

/** What the user got, in words: `503`, `grpc-status 14 (UNAVAILABLE)`, `timeout`. */
export function outcome({ status, grpcStatus, error }: RequestAnswered): string {
  if (error !== undefined) return error
  if (grpcStatus !== undefined) return grpcStatusText(grpcStatus)
  return status === undefined ? 'no answer' : String(status)
}

/** What to say of a request that was not served. */
export function notServed(rule: string, { sent, answered }: FinishedRequest): Finding {
  const observed = outcome(answered)
  return {
    rule,
    message: `${sent.method} ${sent.host}${sent.path} was not served: ${observed}`,
    expected: answered.grpcStatus === undefined ? 'a whole answer with a status below 500' : grpcStatusText(0),
    observed,
    requestId: sent.id,
  }
}

export function followRequests(filter: RequestFilter, visit: (request: FinishedRequest) => void): RequestFollower {
  const open = new Map<string, RequestSent>()
  const early = new Map<string, RequestAnswered>()
  let startMs: number | undefined
  let looked = 0
  let skipped = 0

  const finish = (sent: RequestSent, answered: RequestAnswered) => {
    const selected = selects(filter, sent, startMs)
    if (selected === false) return
    if (selected === undefined || answered.error === 'not-sent' || answered.error === 'interrupted') {
      skipped++
      return
    }
    looked++
    visit({ sent, answered, ok: served(answered) })
  }
  const keep = <Event extends { readonly id: string }>(events: Map<string, Event>, event: Event) => {
    if (events.size < openMax) events.set(event.id, event)
    else skipped++
  }

  return {
    observe(event) {
      if (event.kind === 'scenario-started') startMs ??= event.atMs
      else if (event.kind === 'request-sent') {
        const answered = early.get(event.id)
        if (answered === undefined) return keep(open, event)
        early.delete(event.id)
        finish(event, answered)
      } else if (event.kind === 'request-answered') {
        const sent = open.get(event.id)
        if (sent === undefined) return keep(early, event)
        open.delete(event.id)
        finish(sent, event)
      }
    },
    looked: () => looked,
    skipped: () => skipped + open.size,
  }
}
