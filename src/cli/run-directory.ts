// The folder of one run below `--dir`: created before anything is recorded, taken away again when nothing was, and pointed
// to by `latest` once its reports are there. What is in it is not its business.

import { mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EnvironmentError } from '../core/errors.ts'
import { drawToken } from '../core/random.ts'

export interface RunDirectory {
  readonly path: string
  /** Leaves `--dir` as it was before. */
  discard(): Promise<void>
  /** Points `latest` here, atomically: two runs may end at once. */
  publish(): Promise<void>
}

const sameNameMax = 1000

/** @throws EnvironmentError when it cannot be created */
export async function createRunDirectory(dir: string, startedAt: string, seed: string): Promise<RunDirectory> {
  const name = `${startedAt.slice(0, 19).replaceAll(':', '-')}-${seed.replace(/[^\w.-]/g, '_').slice(0, 40)}`
  try {
    const created = await mkdir(dir, { recursive: true })
    const path = await firstFree(dir, name)
    return {
      path,
      async discard() {
        await rm(path, { recursive: true, force: true })
        if (created !== undefined) await removeEmpty(resolve(dir), resolve(created))
      },
      publish: () => pointLatest(dir, path),
    }
  } catch (error) {
    throw cannotWrite(dir, error)
  }
}

/** From `folder` up to `top`, which we created; not when another run has put something there meanwhile. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  const removed = await rmdir(folder).then(
    () => true,
    () => false,
  )
  if (removed && folder !== top && folder.startsWith(top)) await removeEmpty(dirname(folder), top)
}

async function firstFree(dir: string, name: string): Promise<string> {
  for (let attempt = 1; attempt <= sameNameMax; attempt++) {
    const path = join(dir, attempt === 1 ? name : `${name}-${attempt}`)
    try {
      await mkdir(path)
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error(`${sameNameMax} run folders are named ${name}`)
}

async function pointLatest(dir: string, path: string): Promise<void> {
  const draft = join(dir, `.latest-${drawToken().slice(0, 12)}`)
  try {
    await symlink(basename(path), draft)
    await rename(draft, join(dir, 'latest'))
  } catch (error) {
    await rm(draft, { force: true })
    throw cannotWrite(join(dir, 'latest'), error)
  }
}

function cannotWrite(what: string, error: unknown): EnvironmentError {
  const why = error instanceof Error ? error.message : String(error)
  return new EnvironmentError(`cannot write ${what}: ${why}\n  hint: choose a folder that you may write with --dir`)
}
