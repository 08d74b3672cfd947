// A directory of stored xDS objects, taken apart.

import { InputError } from '../../core/errors.ts'
import type { ForeignConfig } from './foreign-config.ts'

/** @throws InputError */
export async function readXdsDirectory(file: string, node: string): Promise<ForeignConfig> {
  throw new InputError(`${file}: not read yet (node ${node})`)
}
