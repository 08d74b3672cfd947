// Where everything of one environment listens: one egress port for each scenario, one fault listener and one upstream
// server for each host. Each upstream host has a loopback address of its own, so its identity shows in every log.
//
//   load ─► egress :port ─► [router] ─► address:faultPort ─► [fault Envoy] ─► address:upstreamPort ─► upstream

import type { MeshScenario, UpstreamRecord } from '../core/scenario-record.ts'

export interface HostPlace {
  /** Unique in a run and safe in stat names and runtime keys: `s3-c0-h1`. */
  readonly hostKey: string
  readonly cluster: string
  readonly clusterIndex: number
  /** Counted from 1. */
  readonly host: number
  readonly address: string
  readonly faultPort: number
  /** Where the relay listens that stands before the fault listener; absent: there is none. */
  readonly relayPort?: number
  readonly upstreamPort: number
  readonly http2: boolean
  readonly upstream: UpstreamRecord
}

export interface ScenarioPlace {
  /** Short key, unique in a run: `s3`. It prefixes every name that the scenario brings into a shared Envoy. */
  readonly key: string
  readonly record: MeshScenario
  /** Put before its clusters' names inside the Envoy under test; empty where that Envoy is its own. */
  readonly prefix: string
  readonly routeConfig: string
  /** The first of `listeners`. */
  readonly egressPort: number
  /** By the name in the user's config; one with an empty name where the entry is ours. */
  readonly listeners: readonly { readonly name: string; readonly port: number }[]
  /** In the order that plan headers count them. */
  readonly clusters: readonly string[]
  readonly hosts: readonly HostPlace[]
}

const defaultUpstream: UpstreamRecord = {
  hosts: 1,
  serviceTime: { p50Ms: 3, p99Ms: 3 },
  status: 200,
  bodyBytes: 64,
}

export interface PlaceOptions {
  readonly key: string
  readonly record: MeshScenario
  readonly clusters: readonly { readonly name: string; readonly http2: boolean; readonly relayed?: boolean }[]
  /** Names of the user's own listeners; absent: one of ours in a shared Envoy; none: one of ours in its own. */
  readonly listeners?: readonly string[]
  /** What a listener of ours asks for; absent: the node's name. */
  readonly routeConfig?: string
  /** Gives a free port on this address at each call. */
  readonly nextPort: (address: string) => number
  readonly hostAddress: (host: number) => string
}

/** Lays out one scenario. */
export function placeScenario(options: PlaceOptions): ScenarioPlace {
  const { key, record, clusters, nextPort, hostAddress } = options
  const hosts = clusters.flatMap(({ name, http2, relayed }, clusterIndex) => {
    const upstream = record.upstreams[name] ?? defaultUpstream
    return Array.from({ length: upstream.hosts }, (_, index): HostPlace => {
      const host = index + 1
      const address = hostAddress(index)
      return {
        hostKey: `${key}-c${clusterIndex}-h${host}`,
        cluster: name,
        clusterIndex,
        host,
        address,
        faultPort: nextPort(address),
        ...(relayed === true ? { relayPort: nextPort(address) } : {}),
        upstreamPort: nextPort(address),
        http2,
        upstream,
      }
    })
  })
  const isForeign = options.listeners !== undefined
  const names = options.listeners ?? []
  const listeners = (names.length === 0 ? [''] : names).map((name) => ({ name, port: nextPort('127.0.0.1') }))
  const routeConfig = options.routeConfig ?? record.mesh.node
  return {
    key,
    record,
    prefix: isForeign ? '' : `${key}-`,
    routeConfig: isForeign ? routeConfig : `${key}-${routeConfig}`,
    egressPort: listeners[0]?.port ?? 0,
    listeners,
    clusters: clusters.map(({ name }) => name),
    hosts,
  }
}

/** Where the Envoy under test finds a host. */
export function facingPort({ relayPort, faultPort }: HostPlace): number {
  return relayPort ?? faultPort
}
