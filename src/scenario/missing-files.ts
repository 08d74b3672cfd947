// Files that a scenario names and that are not there, with a guess at the one that was meant.

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { nearest } from '../core/did-you-mean.ts'
import type { Path, Problem } from './problem.ts'

export async function missingFiles(
  named: readonly { readonly path: Path; readonly file: string; readonly isFolder?: boolean }[],
): Promise<readonly Problem[]> {
  const problems = await Promise.all(named.map(({ path, file, isFolder }) => missingFile(path, file, isFolder)))
  return problems.flatMap((problem) => problem ?? [])
}

async function missingFile(path: Path, file: string, isFolder = false): Promise<Problem | undefined> {
  const stats = await stat(file).catch(() => undefined)
  if (isFolder ? stats?.isDirectory() : stats?.isFile()) return undefined
  const neighbours = await readdir(dirname(file)).catch(() => [] as string[])
  const guess = stats === undefined ? nearest(basename(file), neighbours) : undefined
  const hint = guess === undefined ? "paths are relative to the scenario's file" : `did you mean ${guess}?`
  const [expected, other] = isFolder ? ['a folder', 'a file'] : ['a file', 'a folder']
  return { path, text: `expected ${expected} at ${file}, found ${stats === undefined ? 'none' : other}; ${hint}` }
}
