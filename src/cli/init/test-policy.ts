// Declared policies made up for the tests of `init`: clusters and routes with the usual settings, spelt out where they matter.

import type { DeclaredCluster, DeclaredPolicy, DeclaredRoute } from '../../mesh/policy.ts'

export function aCluster(name: string, changes: Partial<DeclaredCluster> = {}): DeclaredCluster {
  return {
    name,
    connectTimeoutMs: 250,
    protocol: 'HTTP/1.1',
    discovery: 'static',
    tls: false,
    breakers: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
    mergeWindowMs: 1000,
    lines: {},
    ...changes,
  }
}

export function aRoute(
  cluster: string,
  match: Partial<DeclaredRoute['match']> = {},
  changes: Partial<DeclaredRoute> = {},
): DeclaredRoute {
  return {
    match: { kind: 'prefix', value: '/', ...match },
    cluster,
    timeoutMs: 15_000,
    hostRewrite: { kind: 'auto' },
    lines: {},
    ...changes,
  }
}

export function aPolicy(
  clusters: readonly DeclaredCluster[],
  routes: readonly DeclaredRoute[],
  domains: readonly string[] = ['shop'],
): DeclaredPolicy {
  return { node: 'edge', file: '/etc/envoy.yaml', virtualHosts: [{ name: 'all', domains, routes }], clusters }
}

export const retries: NonNullable<DeclaredRoute['retry']> = {
  on: ['5xx'],
  retries: 2,
  backOffBaseMs: 25,
  backOffMaxMs: 250,
}
