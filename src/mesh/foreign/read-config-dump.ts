// A `/config_dump`, taken apart.

import { InputError } from '../../core/errors.ts'
import type { ForeignConfig } from './foreign-config.ts'

/** @throws InputError */
export async function readConfigDump(file: string, node: string): Promise<ForeignConfig> {
  throw new InputError(`${file}: not read yet (node ${node})`)
}
