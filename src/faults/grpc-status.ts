// The grpc-status of an abort, as several faults write it.

import { z } from 'zod'

/** 0 is no abort. */
export const grpcStatus = z
  .number()
  .int()
  .min(1)
  .max(16)
  .describe('grpc-status, such as 14 (UNAVAILABLE); only of gRPC calls')
