// Stored discovery objects, as the control plane reads them: whole DiscoveryResponses in JSON under keys such as
// `v3/discovery/clusters/book`. A directory stands behind the interface today; S3 fits in without a change to its users.

import { randomUUID } from 'node:crypto'
import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'

export interface ObjectStore {
  /** The object, or `undefined` when there is none. */
  read(key: string): Promise<string | undefined>
  /** Replaces the object as a whole; readers see the old one or the new one. */
  write(key: string, content: string): Promise<void>
  /** Names of the objects directly under a prefix. */
  list(prefix: string): Promise<readonly string[]>
  /** Calls back after any object has changed; returns what ends that. */
  watch(changed: () => void): () => void
}

export function directoryStore(folder: string): ObjectStore {
  const pathOf = (key: string) => {
    const path = normalize(join(folder, key))
    if (!path.startsWith(folder + sep)) throw new RangeError(`object key leaves the store: ${key}`)
    return path
  }
  return {
    read: (key) => absentIfMissing(readFile(pathOf(key), 'utf8')),
    async write(key, content) {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true })
      const temporary = `${path}.${randomUUID()}.tmp`
      await writeFile(temporary, content)
      await rename(temporary, path)
    },
    list: async (prefix) =>
      ((await absentIfMissing(readdir(pathOf(prefix)))) ?? []).filter((name) => !name.endsWith('.tmp')),
    watch(changed) {
      mkdirSync(folder, { recursive: true })
      const watcher: FSWatcher = watch(folder, { recursive: true }, (_, name) => {
        if (!String(name).endsWith('.tmp')) changed()
      })
      watcher.on('error', () => {})
      return () => watcher.close()
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
