// Builds the bootstrap configs of the two Envoys from the templates under envoy/ and the topology. Envoy reads JSON as well
// as YAML, so what is built here is written as JSON.

import type { HostPlace, ScenarioPlace } from '../topology.ts'
import { type ForeignBootstrap, withForeign } from './foreign-bootstrap.ts'
import { type JsonObject, openTemplate } from './template.ts'

/** Attempts that a plan can address; what comes after gets no fault. */
export const plannedAttemptsMax = 8

const headerMutation = 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute'
const http2Options = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
}

export interface EgressOptions {
  readonly nodeId: string
  readonly nodeCluster: string
  readonly adminPort: number
  readonly xdsPort: number
  readonly pulsePort: number
  readonly outlierLog: string
  readonly scenarios: readonly ScenarioPlace[]
  /** A config under test that brings listeners of its own; then there is but one scenario. */
  readonly foreign?: ForeignBootstrap
}

export function egressBootstrap(options: EgressOptions): JsonObject {
  const { scenarios, pulsePort, foreign, ...parameters } = options
  const bootstrap = openTemplate('egress.bootstrap.yaml')({ ...parameters })
  const listener = openTemplate('egress.listener.yaml')
  const resources = bootstrap.static_resources as JsonObject
  const pulse = openTemplate('egress.pulse.yaml')({ port: pulsePort })
  if (foreign !== undefined && foreign.run.listeners.length > 0) {
    resources.listeners = [pulse]
    return withForeign(bootstrap, foreign)
  }
  resources.listeners = [
    pulse,
    ...scenarios.map(({ key, egressPort, routeConfig }) =>
      listener({ scenarioKey: key, port: egressPort, routeConfig }),
    ),
  ]
  return bootstrap
}

export function faultBootstrap(options: { adminPort: number; hosts: readonly HostPlace[] }): JsonObject {
  const bootstrap = openTemplate('fault.bootstrap.yaml')({ adminPort: options.adminPort })
  const cluster = openTemplate('fault.cluster.yaml')
  const listener = openTemplate('fault.listener.yaml')
  bootstrap.static_resources = {
    clusters: options.hosts.map((host) => {
      const built = cluster({
        hostKey: host.hostKey,
        upstreamAddress: host.address,
        upstreamPort: host.upstreamPort,
      })
      return host.http2 ? { ...built, typed_extension_protocol_options: http2Options } : built
    }),
    listeners: options.hosts.map((host) => {
      const built = listener({ hostKey: host.hostKey, address: host.address, port: host.faultPort })
      virtualHostOf(built).routes = faultRoutes(host)
      return built
    }),
  }
  return bootstrap
}

function virtualHostOf(listener: JsonObject): JsonObject {
  type Deep = { filter_chains: [{ filters: [{ typed_config: { route_config: { virtual_hosts: [JsonObject] } } }] }] }
  return (listener as unknown as Deep).filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0]
}

/** One route for each attempt: it turns that attempt's plan headers into those that the fault filter obeys. */
function faultRoutes(host: HostPlace): readonly JsonObject[] {
  const route = { cluster: host.hostKey, timeout: '0s' }
  const attempts = Array.from({ length: plannedAttemptsMax }, (_, index) => index + 1)
  const planned = attempts.map((attempt) => ({
    match: {
      prefix: '/',
      headers: [{ name: 'x-envoy-attempt-count', string_match: { exact: String(attempt) } }],
    },
    route,
    typed_per_filter_config: {
      mut: { '@type': headerMutation, mutations: { request_mutations: planMutations(host, attempt) } },
    },
  }))
  return [...planned, { match: { prefix: '/' }, route }]
}

/** What the fault filter obeys, by the last word of the plan's headers. */
const obeyed = {
  abort: 'x-envoy-fault-abort-request',
  grpc: 'x-envoy-fault-abort-grpc-request',
  delay: 'x-envoy-fault-delay-request',
  throughput: 'x-envoy-fault-throughput-response',
} as const

/** The whole cluster's plan first, this host's own after it, which therefore wins. */
function planMutations(host: HostPlace, attempt: number): readonly JsonObject[] {
  const scopes = [`${host.clusterIndex}`, `${host.clusterIndex}h${host.host}`]
  return scopes.flatMap((scope) =>
    Object.entries(obeyed).map(([action, key]) => ({
      append: {
        header: { key, value: `%REQ(x-shaketable-${scope}-a${attempt}-${action})%` },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        keep_empty_value: false,
      },
    })),
  )
}
