// Faults of the control plane beyond its process: it serves garbage, or it pushes another definition under load.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'

type Nothing = Record<string, never>

export const garbage: FaultKind<Nothing> = {
  name: 'garbage',
  about: 'The control plane answers with bytes that are no config.',
  schema: z.strictObject({}) as unknown as z.ZodType<Nothing>,
  isolated: true,
  describe: () => 'answers that are no config',
  inject: (_fault, _config, surface) => surface.garbage(),
}

const pushSchema = z.strictObject({
  definition: z.string().min(1).describe('Definition file to serve from now on, relative to the scenario file'),
})

type Push = z.output<typeof pushSchema>

export const push: FaultKind<Push> = {
  name: 'push',
  about: 'Serves another definition under load; the end of the window serves the first one again.',
  schema: pushSchema,
  isolated: true,
  describe: ({ definition }) => `pushes ${definition}`,
  inject: (_fault, { definition }, surface) => surface.push(definition),
}
