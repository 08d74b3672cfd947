// What the control plane answers to one discovery request: the stored object of the node, cut to the names asked for, or
// endpoints from registrations. It also keeps book of what each Envoy took: a poll that still names the version before
// the one it was just given has rejected it. (A single bad cluster is dropped by Envoy without holding the version back;
// only its /config_dump tells, which the environment reads.)

import { createHash } from 'node:crypto'
import type { ObjectStore } from './object-store.ts'
import type { Registrations } from './registrations.ts'

export const resourceTypes = ['clusters', 'routes', 'endpoints'] as const
export type ResourceType = (typeof resourceTypes)[number]

export interface DiscoveryRequest {
  readonly version_info?: string
  readonly node?: { readonly id?: string; readonly cluster?: string }
  readonly resource_names?: readonly string[]
}

export interface DiscoveryResponse {
  readonly version_info: string
  readonly resources: readonly { readonly name?: string; readonly cluster_name?: string }[]
  readonly type_url: string
}

export interface Outcome {
  /** The first time that this is known of this version; later polls only repeat it. */
  readonly isNews: boolean
  readonly kind: 'accepted' | 'rejected'
  readonly type: ResourceType
  readonly version: string
  readonly node: string
}

const assignmentType = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'

/** The current answer, or `undefined` when nothing is stored for this node. */
export async function currentResponse(
  store: ObjectStore,
  registrations: Registrations,
  type: ResourceType,
  request: DiscoveryRequest,
): Promise<DiscoveryResponse | undefined> {
  if (type === 'endpoints') return endpointsResponse(registrations, request.resource_names ?? [])
  const stored = await store.read(`v3/discovery/${type}/${encodeURIComponent(request.node?.cluster ?? '')}`)
  if (stored === undefined) return undefined
  const response = JSON.parse(stored) as DiscoveryResponse
  const names = request.resource_names ?? []
  if (names.length === 0) return response
  const resources = response.resources.filter((resource) => names.includes(resource.name ?? ''))
  if (resources.length === response.resources.length) return response
  // A subscription must not be woken by a change of resources that it did not ask for.
  return { ...response, resources, version_info: hashOf(resources) }
}

async function endpointsResponse(
  registrations: Registrations,
  clusters: readonly string[],
): Promise<DiscoveryResponse> {
  const resources = await Promise.all(
    clusters.map(async (cluster) => ({
      '@type': assignmentType,
      cluster_name: cluster,
      endpoints: [
        {
          lb_endpoints: (await registrations.hosts(cluster)).map(({ ip, port }) => ({
            endpoint: { address: { socket_address: { address: ip, port_value: port } } },
          })),
        },
      ],
    })),
  )
  return { version_info: hashOf(resources), resources, type_url: assignmentType }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

export interface Bookkeeping {
  /** Called for every request before it is answered. */
  asked(type: ResourceType, request: DiscoveryRequest, current: string): Outcome | undefined
  served(type: ResourceType, request: DiscoveryRequest, version: string): void
}

export function bookkeeping(): Bookkeeping {
  const servedTo = new Map<string, string>()
  const settled = new Map<string, string>()
  const subscription = (type: ResourceType, request: DiscoveryRequest) =>
    [request.node?.id ?? '', type, ...(request.resource_names ?? [])].join('\u0000')
  return {
    served: (type, request, version) => servedTo.set(subscription(type, request), version),
    asked(type, request, current) {
      const key = subscription(type, request)
      const version = servedTo.get(key)
      if (version === undefined || version !== current) return undefined
      // Without a version it is a subscription that begins anew, as for a cluster that a push has changed.
      if ((request.version_info ?? '') === '' && settled.get(key)?.startsWith('accepted')) return undefined
      const kind = request.version_info === version ? 'accepted' : 'rejected'
      const isNews = settled.get(key) !== `${kind} ${version}`
      settled.set(key, `${kind} ${version}`)
      return { isNews, kind, type, version, node: request.node?.cluster ?? '' }
    },
  }
}
