// What takes two values to judge about gRPC and needs no config: protocols that do not fit, aborts with a grpc-status that no
// gRPC call can meet, and calls too large to send.

import type { FaultRecord, MeshScenario, TrafficRecord } from '../core/scenario-record.ts'
import type { Path, Problem } from './problem.ts'

const callBytesMax = 64 * 1024 * 1024

export function grpcProblems({ traffic, faults }: MeshScenario): readonly Problem[] {
  const hasCalls = traffic.some(({ request }) => request.grpc !== undefined)
  return [
    ...traffic.flatMap((one, index) => callProblems(one, ['traffic', index])),
    ...(hasCalls ? [] : faults.flatMap((fault, index) => abortProblem(fault, ['faults', index]))),
  ]
}

function callProblems({ request, protocol }: TrafficRecord, path: Path): readonly Problem[] {
  const { grpc, bodyBytes } = request
  if (grpc === undefined) return []
  const bytes = grpc.messages * bodyBytes
  const large = `expected at most ${callBytesMax} bytes in the messages of a call, found ${grpc.messages} of ${bodyBytes} bytes`
  const spoken = `expected HTTP/2 or no protocol, because a gRPC call is always HTTP/2, found ${protocol}`
  return [
    ...(protocol === 'HTTP/1.1' ? [{ path: [...path, 'protocol'], text: spoken }] : []),
    ...(bytes > callBytesMax ? [{ path: [...path, 'request', 'grpc', 'messages'], text: large }] : []),
  ]
}

function abortProblem({ kind, config }: FaultRecord, path: Path): readonly Problem[] {
  if (!hasGrpcStatus(config)) return []
  const text = 'expected traffic with grpc, because only gRPC calls are answered with a grpcStatus, found none'
  return [{ path: [...path, kind], text: `${text}; give a request grpc: {}, or use status` }]
}

/** On its own, or in one of a plan's attempts. */
function hasGrpcStatus(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return false
  if ('grpcStatus' in config && config.grpcStatus !== undefined) return true
  return 'attempts' in config && Array.isArray(config.attempts) && config.attempts.some(hasGrpcStatus)
}
