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
  readonly upstreamPort: number
  readonly http2: boolean
  readonly upstream: UpstreamRecord
}

export interface ScenarioPlace {
  /** Short key, unique in a run: `s3`. It prefixes every name that the scenario brings into a shared Envoy. */
  readonly key: string
  readonly record: MeshScenario
  readonly routeConfig: string
  readonly egressPort: number
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
  readonly clusters: readonly { readonly name: string; readonly http2: boolean }[]
  /** Gives a free port on this address at each call. */
  readonly nextPort: (address: string) => number
  readonly hostAddress: (host: number) => string
}

/** Lays out one scenario. */
export function placeScenario({ key, record, clusters, nextPort, hostAddress }: PlaceOptions): ScenarioPlace {
  const hosts = clusters.flatMap(({ name, http2 }, clusterIndex) => {
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
        upstreamPort: nextPort(address),
        http2,
        upstream,
      }
    })
  })
  return {
    key,
    record,
    routeConfig: `${key}-${record.mesh.node}`,
    egressPort: nextPort('127.0.0.1'),
    clusters: clusters.map(({ name }) => name),
    hosts,
  }
}
