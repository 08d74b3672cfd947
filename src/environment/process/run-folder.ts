// The temporary folder of a run: sockets, bootstraps and logs live in it, and it is gone when the run is. Naming and
// creating are two steps, so that the watchdog, which removes it however we die, is there before the folder is.

import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironmentError } from '../../core/errors.ts'
import { drawToken } from '../../core/random.ts'

export interface RunFolder {
  /** Marks the processes of this run (`SHAKETABLE_RUN=id` in their environment) and ends the folder's name. */
  readonly id: string
  readonly path: string
  /** Called by `startWatchdog`. */
  create(): void
  remove(): Promise<void>
}

/** Names a folder `<temp>/shaketable-<id>`; nothing is on disk yet. */
export function nameRunFolder(parent = tmpdir()): RunFolder {
  const id = drawToken().slice(0, 12)
  const path = join(parent, `shaketable-${id}`)
  return {
    id,
    path,
    create: () => {
      try {
        mkdirSync(path, { mode: 0o700 })
      } catch (error) {
        throw new EnvironmentError(
          `cannot create the run's temporary folder: ${(error as Error).message}\n  hint: set TMPDIR to a folder that you may write`,
        )
      }
    },
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }),
  }
}
