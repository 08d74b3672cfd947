// Faults of the control plane beyond its process: it serves garbage, or it pushes another definition under load.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { type NoSettings, noSettings } from '../core/no-settings.ts'

export const garbage: FaultKind<NoSettings> = {
  name: 'garbage',
  about: 'The control plane answers with bytes that are no config.',
  schema: noSettings,
  isolated: true,
  describe: () => 'answers that are no config',
  inject: (_fault, _config, surface) => surface.garbage(),
}

const outageSchema = z.strictObject({
  status: z.number().int().min(400).max(599).default(503).describe('HTTP status that S3 answers with'),
})

type Outage = z.output<typeof outageSchema>

export const storeOutage: FaultKind<Outage> = {
  name: 'store-outage',
  about: "S3, where the control plane's objects lie (store: s3), answers every read with an error.",
  schema: outageSchema,
  isolated: true,
  describe: ({ status }) => `S3 answers ${status}`,
  inject: ({ name }, { status }, surface) => surface.storeOutage(name, status),
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
