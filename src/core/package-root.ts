// Where the package lies on disk and which version it is: the folder that holds `src/` or `dist/`, whichever is running.

import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (let depth = 0; depth < 6; depth++) {
    if (['src', 'dist'].includes(basename(folder))) return dirname(folder)
    folder = dirname(folder)
  }
  throw new Error(`no src/ or dist/ above ${import.meta.url}`)
}

export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version
}
