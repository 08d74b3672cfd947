// Keeps book of what each subscription of each Envoy was served and what it made of it. A poll names the version that Envoy
// holds: the one it was served last is accepted; any other one, while the last is not accepted yet, means that Envoy
// refused it. (When Envoy refuses a single cluster it takes the others and still names the old version.)

import type { DiscoveryRequest, ResourceType } from './discovery.ts'

export interface Outcome {
  readonly kind: 'accepted' | 'rejected'
  readonly type: ResourceType
  readonly version: string
  readonly node: string
}

export interface Asked extends Outcome {
  /** The first poll that tells it; later ones only repeat it. */
  readonly isNews: boolean
}

export interface Bookkeeping {
  /** What a poll says of the version that this subscription was served last. */
  asked(type: ResourceType, request: DiscoveryRequest): Asked | undefined
  served(type: ResourceType, request: DiscoveryRequest, version: string): void
  /** The version served last, if any. */
  lastServed(type: ResourceType, request: DiscoveryRequest): string | undefined
  /** The answer was lost on the way: nothing is known of this subscription any more. */
  forget(type: ResourceType, request: DiscoveryRequest): void
}

/** Far above what the Envoys of a run subscribe to; the oldest go. */
const subscriptionsMax = 10_000

export function bookkeeping(): Bookkeeping {
  const book = new Map<string, { readonly version: string; outcome?: Outcome['kind'] }>()
  const keyOf = (type: ResourceType, { node, resource_names: names }: DiscoveryRequest) =>
    [node.id, node.cluster, type, ...names].join('\u0000')
  return {
    served(type, request, version) {
      const key = keyOf(type, request)
      if (book.get(key)?.version === version) return
      book.delete(key)
      book.set(key, { version })
      const [oldest] = book.keys()
      if (book.size > subscriptionsMax && oldest !== undefined) book.delete(oldest)
    },
    lastServed: (type, request) => book.get(keyOf(type, request))?.version,
    forget: (type, request) => void book.delete(keyOf(type, request)),
    asked(type, request) {
      const entry = book.get(keyOf(type, request))
      if (entry === undefined) return undefined
      const kind = request.version_info === entry.version ? 'accepted' : 'rejected'
      // What was accepted stays accepted: a poll that names something else begins a new subscription, as for a cluster
      // that was replaced by an update.
      if (kind === 'rejected' && entry.outcome === 'accepted') {
        book.delete(keyOf(type, request))
        return undefined
      }
      const isNews = entry.outcome !== kind
      entry.outcome = kind
      return { isNews, kind, type, version: entry.version, node: request.node.cluster }
    },
  }
}
