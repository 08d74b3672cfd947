// What a grpc-status is called, and what stands for what between gRPC and HTTP: both tables are gRPC's and Envoy's own
// (measured on 1.40.0), and both lose something, so going there and back does not return to the same status.

const names: readonly string[] = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
]

/** `grpc-status 14 (UNAVAILABLE)` */
export function grpcStatusText(status: number): string {
  const name = names[status]
  return `grpc-status ${status}${name === undefined ? '' : ` (${name})`}`
}

const fromHttp: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}

/**
 * What gRPC clients make of an answer with this HTTP status and without a grpc-status, and what Envoy answers a gRPC call
 * with where any other request would get this HTTP status: a 200 whose headers bear it.
 */
export function grpcStatusOfHttp(status: number): number {
  return fromHttp[status] ?? 2
}

const toHttp: readonly number[] = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

/** The HTTP status that Envoy's outlier detection takes a grpc-status in the headers for. */
export function httpOfGrpcStatus(status: number): number {
  return toHttp[status] ?? 500
}
