// A small declared policy for the tests of the policy oracle: one service, a route with retries for GET and HEAD and one
// without for the rest, one cluster. Tests say what they want to be different.

import type { DeclaredCluster, DeclaredPolicy, DeclaredRoute } from '../../mesh/policy.ts'

const line = (name: string) => ({ file: 'book.yaml', line: 1, text: name })
const lines = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, line(name)]))

export const retryRoute: DeclaredRoute = {
  match: { kind: 'prefix', value: '/', methods: ['GET', 'HEAD'] },
  cluster: 'user-development',
  timeoutMs: 3000,
  retry: { on: ['5xx', 'connect-failure'], retries: 3, perTryTimeoutMs: 1000, backOffBaseMs: 25, backOffMaxMs: 250 },
  hostRewrite: { kind: 'auto' },
  lines: lines('route', 'timeout', 'retryOn', 'retries', 'perTry', 'method', 'hostHeader'),
}

const { retry: _retry, ...withoutRetry } = retryRoute
export const plainRoute: DeclaredRoute = { ...withoutRetry, match: { kind: 'prefix', value: '/' } }

export const userCluster: DeclaredCluster = {
  name: 'user-development',
  connectTimeoutMs: 250,
  protocol: 'HTTP/1.1',
  discovery: 'dns',
  lb: 'user.internal:80',
  tls: false,
  breakers: { maxConnections: 64, maxPendingRequests: 128, maxRequests: 1024, maxRetries: 3 },
  mergeWindowMs: 0,
  lines: lines('cluster', 'breaker', 'maxPending', 'maxRetries', 'outlier', 'consecutive5xx', 'baseEjectionTime'),
}

export const outlier = {
  consecutive5xx: 3,
  consecutiveGatewayFailure: 5,
  intervalMs: 100,
  baseEjectionTimeMs: 300,
  maxEjectionTimeMs: 300_000,
  maxEjectionPercent: 50,
  enforcingConsecutive5xx: 100,
  enforcingConsecutiveGatewayFailure: 0,
  enforcingSuccessRate: 100,
  successRateMinimumHosts: 5,
  successRateRequestVolume: 100,
  successRateStdevFactor: 1900,
}

export function declaredPolicy(
  changes: { readonly routes?: readonly DeclaredRoute[]; readonly cluster?: Partial<DeclaredCluster> } = {},
): DeclaredPolicy {
  const routes = changes.routes ?? [retryRoute, plainRoute]
  return {
    node: 'book',
    file: 'book.yaml',
    virtualHosts: [{ name: 'user', domains: ['user'], routes }],
    clusters: [{ ...userCluster, ...changes.cluster }],
  }
}
