// What a grpc-status makes of an attempt, as measured on 1.40.0. Envoy's router looks at one in the headers only: it is
// retried by its own condition, and outlier detection takes it for the HTTP status that it stands for. One in the trailers
// comes too late for either: the head of that answer was a plain 200.

import { grpcStatusOfHttp, httpOfGrpcStatus } from '../../core/grpc-status.ts'
import type { AttemptLogged, RequestLogged } from '../../core/history.ts'

const conditions: Readonly<Record<number, string>> = {
  1: 'cancelled',
  4: 'deadline-exceeded',
  8: 'resource-exhausted',
  13: 'internal',
  14: 'unavailable',
}

type GrpcAnswer = Pick<AttemptLogged, 'code' | 'grpcStatus' | 'grpcStatusIn'>

function statusInHeaders({ grpcStatus, grpcStatusIn }: GrpcAnswer): number | undefined {
  return grpcStatusIn === 'headers' ? grpcStatus : undefined
}

/** The head of the answer says that the call failed. */
export function failedInHeaders(attempt: GrpcAnswer): boolean {
  return (statusInHeaders(attempt) ?? 0) > 0
}

/** One of the conditions that are about gRPC covers it. */
export function coversGrpc(attempt: GrpcAnswer, retryOn: readonly string[]): boolean {
  const condition = conditions[statusInHeaders(attempt) ?? 0]
  return condition !== undefined && retryOn.includes(condition)
}

/** The HTTP status that outlier detection counts. */
export function countedCode(attempt: GrpcAnswer): number {
  const status = statusInHeaders(attempt)
  return status === undefined ? attempt.code : httpOfGrpcStatus(status)
}

/** Envoy answered by itself with this status: a gRPC call gets a 200 and the grpc-status that stands for it. */
export function hasCode({ code, grpcStatus }: Pick<RequestLogged, 'code' | 'grpcStatus'>, expected: number): boolean {
  return code === expected || (code === 200 && grpcStatus === grpcStatusOfHttp(expected))
}
