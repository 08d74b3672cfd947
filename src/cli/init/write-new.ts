// Writes files that are not there yet. What a person may have changed is never overwritten unless they say so.

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EnvironmentError } from '../../core/errors.ts'

/** @returns whether it was written; `false`: there is one already, and it was left as it is */
export async function writeNew(file: string, text: string, force: boolean): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new EnvironmentError(
      `cannot write ${file}: ${(error as Error).message}\n  hint: choose a folder that you may write with --dir`,
    )
  }
}
