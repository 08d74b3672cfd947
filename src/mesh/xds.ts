// The outer shape of xDS v3 in proto3 JSON: a resource, the two lists that a node is served, the DiscoveryResponse
// around a list, and durations. What stands inside a resource is compile-clusters.ts and compile-routes.ts.

import { createHash } from 'node:crypto'

export const clusterTypeUrl = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
export const routeTypeUrl = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** An xDS resource with snake_case keys. */
export interface Resource extends JsonObject {
  readonly '@type': string
  readonly name: string
}

export interface XdsResources {
  readonly clusters: readonly Resource[]
  readonly routes: readonly Resource[]
}

export interface DiscoveryResponse {
  readonly version_info: string
  readonly resources: readonly Resource[]
  readonly type_url: string
}

/** `version_info` is a hash of the resources, so the same resources always have the same version. */
export function discoveryResponse(typeUrl: string, resources: readonly Resource[]): DiscoveryResponse {
  const hash = createHash('sha256')
    .update(canonical([typeUrl, ...resources]))
    .digest('hex')
  return { version_info: hash.slice(0, 16), resources, type_url: typeUrl }
}

/** Milliseconds as protobuf writes a Duration: `3s`, `0.250s`. A fractional number would be invalid. */
export function protoDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const rest = ms % 1000
  return rest === 0 ? `${seconds}s` : `${seconds}.${String(rest).padStart(3, '0')}s`
}

/** JSON with sorted keys: two values with the same content give the same text. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}
