// Lets two runs that start at once provision a tool once: the second waits for the first. It saves work, it does not
// guard correctness: files come into place by atomic renames, so two provisionings side by side would only be wasteful.
// A lock whose owner is gone, or that is older than any provisioning may take, is stale and taken over.

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { monotonicMs, wallMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import { processIdentity } from '../process/process-identity.ts'

/** Longer than a provisioning is allowed to take. */
const staleAfterMs = 15 * 60_000
const pollMs = 100

interface Owner {
  readonly pid: number
  readonly startedAt: string
  readonly host: string
}

/**
 * Runs `work` while holding `file`. `onWait` is called once if another process holds it.
 * `signal` ends the wait.
 * @throws EnvironmentError when the other one does not finish in time, or the folder cannot be written
 */
export async function withProvisionLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait: () => void,
  signal?: AbortSignal,
): Promise<T> {
  const startedMs = monotonicMs()
  let waited = false
  while (!(await acquire(file))) {
    if (!waited) onWait()
    waited = true
    if (monotonicMs() - startedMs > staleAfterMs) {
      throw new EnvironmentError(
        `another run has held ${file} for ${staleAfterMs / 60_000} minutes\n  hint: remove that file if no other run is going on`,
      )
    }
    await pause(pollMs, undefined, signal === undefined ? {} : { signal })
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function acquire(file: string): Promise<boolean> {
  const owner: Owner = { pid: process.pid, startedAt: processIdentity(process.pid) ?? '', host: hostname() }
  let folderIsThere = false
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    folderIsThere = true
    await writeFile(file, JSON.stringify(owner), { flag: 'wx' })
    return true
  } catch (error) {
    if (!folderIsThere || (error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new EnvironmentError(
        `cannot write the tool cache: ${(error as Error).message}\n  hint: set SHAKETABLE_CACHE to a folder that you may write`,
      )
    }
  }
  if (await isStale(file)) await rm(file, { force: true })
  return false
}

async function isStale(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return false
  const ageMs = wallMs() - found.mtimeMs
  if (ageMs > staleAfterMs) return true
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as Owner
    if (owner.host !== hostname()) return false
    const identity = processIdentity(owner.pid)
    return identity === undefined || (owner.startedAt !== '' && identity !== owner.startedAt)
  } catch {
    // Created but not yet written: its owner needs microseconds for that, so after two seconds it has died between.
    return ageMs > 2000
  }
}
