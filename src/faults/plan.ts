// Plan: what happens to each attempt of a request, spelt out: `plan: { attempts: [503, { delay: 800ms }, ok] }`. Attempts
// beyond the list are left alone.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { grpcStatusText } from '../core/grpc-status.ts'
import { formatMs } from '../core/units.ts'
import { shareOf } from './abort.ts'
import { durationMs, ratio } from './duration-schema.ts'
import { grpcStatus } from './grpc-status.ts'

const status = z.number().int().min(200).max(599)
const step = z.union([
  z.literal('ok'),
  status,
  z
    .strictObject({ status: status.optional(), grpcStatus: grpcStatus.optional(), delay: durationMs.optional() })
    .refine((what) => Object.values(what).some((value) => value !== undefined), {
      error: 'a status or a grpcStatus, a delay, or both',
    })
    .refine((what) => what.status === undefined || what.grpcStatus === undefined, {
      error: 'one of status and grpcStatus',
    }),
])

const schema = z.strictObject({
  attempts: z.array(step).min(1).max(8),
  /** Share of requests that follow the plan. */
  ratio: ratio.default(1),
})

type Plan = z.output<typeof schema>
type Step = z.output<typeof step>

export const plan: FaultKind<Plan> = {
  name: 'plan',
  about: 'Says for each attempt of a request what happens to it.',
  schema,
  isolated: false,
  describe: ({ attempts, ratio }) => `${attempts.map(stepText).join(', ')} on ${shareOf(ratio)} requests`,
  plan({ attempts, ratio }, attempt, _roll, rollRequest) {
    const what = attempts[attempt - 1]
    if (what === undefined || what === 'ok' || rollRequest() >= ratio) return undefined
    if (typeof what === 'number') return { status: what }
    return {
      ...(what.status === undefined ? {} : { status: what.status }),
      ...(what.grpcStatus === undefined ? {} : { grpcStatus: what.grpcStatus }),
      ...(what.delay === undefined ? {} : { delayMs: what.delay }),
    }
  },
}

function stepText(what: Step): string {
  if (what === 'ok' || typeof what === 'number') return String(what)
  const grpc = what.grpcStatus === undefined ? '' : grpcStatusText(what.grpcStatus)
  return [what.delay === undefined ? '' : `${formatMs(what.delay)} late`, what.status ?? grpc].join(' ').trim()
}
