// What the control plane answers to one discovery request: the stored object of the node, cut to the names asked for, or
// endpoints from registrations. When it answers is long-poll.ts's business.

import { createHash } from 'node:crypto'
import type { ObjectStore } from './object-store.ts'
import type { Registrations } from './registrations.ts'
import { RequestError } from './request-error.ts'

export const resourceTypes = ['clusters', 'routes', 'endpoints'] as const
export type ResourceType = (typeof resourceTypes)[number]

/** The fields of a DiscoveryRequest that matter here. Empty texts and lists are those that were left out. */
export interface DiscoveryRequest {
  readonly version_info: string
  readonly node: { readonly id: string; readonly cluster: string }
  readonly resource_names: readonly string[]
}

export interface DiscoveryResponse {
  readonly version_info: string
  readonly resources: readonly { readonly name?: string; readonly cluster_name?: string }[]
  readonly type_url: string
}

const namesMax = 10_000
const assignmentType = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'

/** @throws RequestError for anything but a DiscoveryRequest in JSON */
export function readDiscoveryRequest(body: string): DiscoveryRequest {
  const value = asRecord(parseJson(body))
  const node = asRecord(value?.node ?? {})
  const names = value?.resource_names ?? []
  const version = value?.version_info ?? ''
  const { id = '', cluster = '' } = node ?? {}
  const textual = [version, id, cluster].every((text) => typeof text === 'string')
  const named = Array.isArray(names) && names.length <= namesMax && names.every((name) => typeof name === 'string')
  if (value === undefined || node === undefined || !textual || !named) {
    throw new RequestError(
      400,
      'a DiscoveryRequest in JSON expected: version_info, node { id, cluster }, resource_names',
    )
  }
  return { version_info: String(version), node: { id: String(id), cluster: String(cluster) }, resource_names: names }
}

/** The current answer, or `undefined` when nothing is stored for this node. */
export async function currentResponse(
  store: ObjectStore,
  registrations: Registrations,
  type: ResourceType,
  request: DiscoveryRequest,
): Promise<DiscoveryResponse | undefined> {
  const { node, resource_names: names } = request
  if (type === 'endpoints') return endpointsResponse(registrations, names)
  const name = encodeURIComponent(node.cluster)
  const stored = ['', '.', '..'].includes(name) ? undefined : await store.read(`v3/discovery/${type}/${name}`)
  if (stored === undefined) return undefined
  const response = JSON.parse(stored) as DiscoveryResponse
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
