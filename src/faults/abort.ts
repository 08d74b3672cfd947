// Abort: the fault listener answers an attempt itself instead of the upstream, with a status or, to a gRPC call, with a
// grpc-status in the headers. By default the seed decides which attempts; `dice: true` leaves it to Envoy's own chance, where the fault filter itself is the point. In a pipeline
// the hop answers a call with an error of the service's own shape; there are no dice there.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { grpcStatusText } from '../core/grpc-status.ts'
import { ratio } from './duration-schema.ts'
import { grpcStatus } from './grpc-status.ts'

const shape = z.strictObject({
  status: z.number().int().min(200).max(599).optional(),
  grpcStatus: grpcStatus.optional(),
  ratio: ratio.default(1),
  first: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Only the first so many attempts of a request, or calls with the same objects'),
  dice: z.boolean().default(false),
})

const schema = shape
  .refine(({ status, grpcStatus }) => (status === undefined) !== (grpcStatus === undefined), {
    error: 'exactly one of status and grpcStatus',
  })
  .refine(({ grpcStatus, dice }) => grpcStatus === undefined || !dice, {
    error: 'no dice with a grpcStatus: the seed decides it',
    path: ['dice'],
  })

type Abort = z.output<typeof schema>

export const abort: FaultKind<Abort> = {
  name: 'abort',
  about: 'Answers attempts with an HTTP status, or a grpc-status, before they reach the upstream.',
  schema,
  isolated: false,
  onlyIn: { mesh: ['grpcStatus'] },
  describe: ({ status, grpcStatus, ratio, first, dice }) =>
    `${grpcStatus === undefined ? status : grpcStatusText(grpcStatus)} on ${shareOf(ratio)} attempts${first === undefined ? '' : `, the first ${first}`}${dice ? " (Envoy's dice)" : ''}`,
  plan: ({ status, grpcStatus, ratio, first, dice }, attempt, roll) => {
    if (dice || attempt > (first ?? attempt) || roll() >= ratio) return undefined
    return { ...(status === undefined ? {} : { status }), ...(grpcStatus === undefined ? {} : { grpcStatus }) }
  },
  // All of an object's first calls or none of them: half an error would be retried away.
  planCall: ({ status, ratio, first }, { occurrence }, rolls) => {
    const roll = first === undefined ? rolls.each() : rolls.object()
    if (status === undefined) return undefined
    return occurrence <= (first ?? occurrence) && roll < ratio ? { status } : undefined
  },
  inject: async ({ target, host }, { status, ratio, dice }, surface) =>
    dice && status !== undefined
      ? surface.dice(target, host, { abortStatus: status, abortPercent: ratio * 100 })
      : undefined,
}

/** `all`, or `5 % of`, to stand before what is meant. */
export function shareOf(ratio: number): string {
  return ratio === 1 ? 'all' : `${Number((ratio * 100).toFixed(4))} % of`
}
