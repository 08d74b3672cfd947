// When a discovery request is answered. A poll whose version is current is held until there is news, so a change reaches
// Envoy within milliseconds; nothing that Envoy repeats at once (after a refusal, garbage, 404 or a store that fails) is
// answered without a pause, or it would poll without rest.
//
//   poll ─► is its version what is stored now?  no ─► 200
//                     yes ─► held ─► change ─► 200        limit ─► 304

import type { ServerResponse } from 'node:http'
import { monotonicMs } from '../../core/clock.ts'
import type { Asked, Bookkeeping } from './bookkeeping.ts'
import type { Changes } from './changes.ts'
import type { DiscoveryRequest, DiscoveryResponse, ResourceType } from './discovery.ts'

export interface LongPollParts {
  readonly book: Bookkeeping
  readonly changes: Changes
  /** How long a poll without news is held. */
  readonly holdMs: number
  /** Pause before an answer that Envoy will not like. */
  readonly pauseMs: number
  readonly isGarbage: () => boolean
  readonly current: (type: ResourceType, request: DiscoveryRequest) => Promise<DiscoveryResponse | undefined>
}

export type PollAnswer =
  | { readonly kind: 'news'; readonly response: DiscoveryResponse }
  | { readonly kind: 'garbage' | 'nothing-stored' | 'no-news' | 'client-left' }

/**
 * Waits as long as it takes; `asked` is what this very poll told of the version served before.
 * @throws what the store throws, when it still does after the pause
 */
export async function awaitAnswer(
  type: ResourceType,
  request: DiscoveryRequest,
  asked: Asked | undefined,
  response: ServerResponse,
  parts: LongPollParts,
): Promise<PollAnswer> {
  const { changes, isGarbage } = parts
  const left = new AbortController()
  response.once('close', () => left.abort())
  const startedMs = monotonicMs()
  const wasGarbage = isGarbage()
  const rejected = asked?.kind === 'rejected' ? asked.version : undefined
  for (;;) {
    const { count } = changes
    const read = await readCurrent(type, request, parts)
    if (left.signal.aborted) return { kind: 'client-left' }
    const pauseLeftMs = startedMs + parts.pauseMs - monotonicMs()
    let waitMs = pauseLeftMs
    if (isGarbage()) {
      // A poll that was held gets its garbage at once.
      if (!wasGarbage || pauseLeftMs <= 0) return { kind: 'garbage' }
    } else if ('failure' in read) {
      if (pauseLeftMs <= 0) throw read.failure
    } else if (read.current === undefined) {
      if (pauseLeftMs <= 0) return { kind: 'nothing-stored' }
    } else if (read.current.version_info === rejected) {
      if (pauseLeftMs <= 0) return { kind: 'news', response: read.current }
    } else {
      if (isNews(type, request, read.current, parts.book)) return { kind: 'news', response: read.current }
      waitMs = startedMs + parts.holdMs - monotonicMs()
      if (waitMs <= 0) return { kind: 'no-news' }
    }
    await changes.after(count, waitMs, left.signal)
  }
}

async function readCurrent(
  type: ResourceType,
  request: DiscoveryRequest,
  parts: LongPollParts,
): Promise<{ readonly current: DiscoveryResponse | undefined } | { readonly failure: unknown }> {
  try {
    return { current: await parts.current(type, request) }
  } catch (failure) {
    return { failure }
  }
}

/**
 * After a refusal Envoy may hold a mixture, whatever version it names: what is current is sent once more then, also when
 * the poll names it.
 */
function isNews(
  type: ResourceType,
  request: DiscoveryRequest,
  { version_info: version }: DiscoveryResponse,
  book: Bookkeeping,
): boolean {
  const last = book.lastServed(type, request)
  return version !== request.version_info || (last !== undefined && last !== version)
}
