import { expect, test } from 'vitest'
import { grpcStatusOfHttp, grpcStatusText, httpOfGrpcStatus } from './grpc-status.ts'

test('statuses have their names; one beyond the known has none', () => {
  expect([0, 14, 16, 17].map(grpcStatusText)).toEqual([
    'grpc-status 0 (OK)',
    'grpc-status 14 (UNAVAILABLE)',
    'grpc-status 16 (UNAUTHENTICATED)',
    'grpc-status 17',
  ])
})

test('between gRPC and HTTP', () => {
  expect([400, 401, 403, 404, 429, 500, 502, 503, 504].map(grpcStatusOfHttp)).toEqual([
    13, 16, 7, 12, 14, 2, 14, 14, 14,
  ])
  expect([0, 1, 2, 4, 8, 13, 14, 99].map(httpOfGrpcStatus)).toEqual([200, 499, 500, 504, 429, 500, 503, 500])
})
