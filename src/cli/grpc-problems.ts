// gRPC calls to where gRPC cannot go: a cluster that is declared to speak HTTP/1.1 has no trailers for them.

import type { MeshScenario } from '../core/scenario-record.ts'
import { clustersOfRoute, type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'
import type { Problem } from '../scenario/problem.ts'

export function grpcProblems({ traffic, mesh }: MeshScenario, policy: DeclaredPolicy): readonly Problem[] {
  const hint = mesh.definition === undefined ? 'give the cluster http2_protocol_options' : 'sds: true makes it HTTP/2'
  return traffic.flatMap(({ request }, index) => {
    if (request.grpc === undefined) return []
    const meant = clustersOfRoute(matchRoute(policy, request))
    const wrong = policy.clusters.find(({ name, protocol }) => meant.includes(name) && protocol === 'HTTP/1.1')
    if (wrong === undefined) return []
    const text = `expected a cluster that speaks HTTP/2, because gRPC does, found ${wrong.name}, declared HTTP/1.1; ${hint}`
    return [{ path: ['traffic', index, 'request', 'grpc'], text }]
  })
}
