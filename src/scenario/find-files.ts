// Which files hold scenarios: those that were named, and in folders everything with the right ending, sorted, so that a run
// is the same on every machine. Hidden folders, node_modules and links to folders are left alone.

import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'

export interface FoundFile {
  /** For messages: as the user gave it. */
  readonly file: string
  readonly absoluteFile: string
}

const depthMax = 16
const filesMax = 2000
const endings = ['.yaml', '.yml', '.scenario.ts'] as const
const endingsText = '*.yaml, *.yml or *.scenario.ts'

/** @throws InputError for what is missing, and for a folder without scenarios */
export async function findScenarioFiles(paths: readonly string[], cwd: string): Promise<readonly FoundFile[]> {
  if (paths.length === 0) throw new InputError(`expected the path of a scenario file or folder (${endingsText})`)
  const found = new Map<string, FoundFile>()
  for (const path of paths) {
    for (const file of await findIn(path, cwd)) {
      const absoluteFile = resolve(cwd, file)
      const same = await realpath(absoluteFile)
      if (!found.has(same)) found.set(same, { file, absoluteFile })
    }
    refuseTooMany(path, found.size)
  }
  return [...found.values()]
}

async function findIn(path: string, cwd: string): Promise<readonly string[]> {
  const stats = await stat(resolve(cwd, path)).catch(() => undefined)
  if (stats === undefined) {
    throw new InputError(`${path}: expected a scenario file or folder, found nothing there; check the path`)
  }
  if (stats.isDirectory()) {
    const files = await walk(path, cwd, 0)
    if (files.length > 0) return files
    throw new InputError(
      `${path}: expected scenarios (${endingsText}) in this folder, found none; name a file or another folder`,
    )
  }
  if (stats.isFile() && isScenarioFile(path)) return [path]
  throw new InputError(`${path}: expected ${endingsText}, found another kind of file; rename it or name another`)
}

async function walk(folder: string, cwd: string, depth: number): Promise<readonly string[]> {
  if (depth > depthMax) throw new InputError(`${folder}: expected at most ${depthMax} levels of folders, found more`)
  const entries = await readdir(resolve(cwd, folder), { withFileTypes: true }).catch((error: Error) => {
    throw new InputError(`${folder}: expected a folder that can be read: ${error.message}`)
  })
  const files: string[] = []
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...(await walk(path, cwd, depth + 1)))
    else if (isScenarioFile(entry.name) && (await isFile(resolve(cwd, path)))) files.push(path)
    refuseTooMany(folder, files.length)
  }
  return files
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

function isScenarioFile(name: string): boolean {
  return endings.some((ending) => name.endsWith(ending) && name.length > ending.length)
}

function refuseTooMany(folder: string, files: number): void {
  if (files > filesMax) throw new InputError(`${folder}: expected at most ${filesMax} scenario files, found more`)
}
