// Stored discovery objects, as the control plane reads them: whole DiscoveryResponses in JSON under keys such as
// `v3/discovery/clusters/book`. A directory stands behind the interface here; s3-object-store.ts puts S3 behind it.

import { randomUUID } from 'node:crypto'
import { mkdirSync, watch } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface ObjectStore {
  /** The object, or `undefined` when there is none. */
  read(key: string): Promise<string | undefined>
  /** Replaces the object as a whole; readers see the old one or the new one. */
  write(key: string, content: string): Promise<void>
  /** Names of the objects directly under a prefix. */
  list(prefix: string): Promise<readonly string[]>
  /** Calls back after an object directly under one of the prefixes has changed; returns what ends that. */
  watch(prefixes: readonly string[], changed: () => void): () => void
}

/** Objects that are being written lie here, out of sight of `list` and `watch`. */
const writingFolder = '.writing'

/** @throws RangeError for a key with parts that are empty, `.` or `..`, which would leave the store */
export function directoryStore(folder: string): ObjectStore {
  const pathOf = (key: string) => {
    const parts = key.split('/')
    const outside = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\'))
    if (outside || parts[0] === writingFolder) throw new RangeError(`not the key of an object: ${key}`)
    return join(folder, ...parts)
  }
  return {
    read: (key) => absentIfMissing(readFile(pathOf(key), 'utf8')),
    async write(key, content) {
      const path = pathOf(key)
      const temporary = join(folder, writingFolder, `${basename(path).slice(0, 100)}.${randomUUID()}`)
      await Promise.all([mkdir(dirname(path), { recursive: true }), mkdir(dirname(temporary), { recursive: true })])
      try {
        await writeFile(temporary, content)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    list: async (prefix) => (await absentIfMissing(readdir(pathOf(prefix)))) ?? [],
    watch(prefixes, changed) {
      // One watcher for each folder: recursive watching learns of new folders late, and then misses what is in them.
      const watchers = prefixes.map((prefix) => {
        mkdirSync(pathOf(prefix), { recursive: true })
        return watch(pathOf(prefix), () => changed()).on('error', () => {})
      })
      return () => {
        for (const watcher of watchers) watcher.close()
      }
    },
  }
}

async function absentIfMissing<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
