// The settings of a fault or a check that has none: `{}`, so that a file says the same everywhere.

import { z } from 'zod'

export type NoSettings = Record<string, never>

export const noSettings = z.strictObject({}) as unknown as z.ZodType<NoSettings>
