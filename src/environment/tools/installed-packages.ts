// Reads a folder of installed Python packages again and compares every file with the hash that its package's RECORD gives.
// The RECORDs themselves are held to one hash over all of them, taken right after pip had checked the wheels.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Of } from './tool-cache.ts'

const filesAtOnce = 16

/** Of all RECORD files in the folder. */
export async function recordsSha256(packages: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await recordsOf(packages)) hash.update(await readFile(file))
  return hash.digest('hex')
}

/** The first file that is missing or not as it was installed; undefined when all is in order. */
export async function firstDamaged(packages: string): Promise<string | undefined> {
  const wanted: { readonly file: string; readonly sha256: string }[] = []
  for (const record of await recordsOf(packages)) wanted.push(...hashedFiles(await readFile(record, 'utf8')))
  for (let start = 0; start < wanted.length; start += filesAtOnce) {
    const found = await Promise.all(
      wanted.slice(start, start + filesAtOnce).map(async ({ file, sha256 }) => {
        const seen = await sha256Of(join(packages, file)).catch(() => undefined)
        return seen === sha256 ? undefined : file
      }),
    )
    const damaged = found.find((file) => file !== undefined)
    if (damaged !== undefined) return damaged
  }
  return undefined
}

async function recordsOf(packages: string): Promise<string[]> {
  const names = (await readdir(packages)).filter((name) => name.endsWith('.dist-info')).sort()
  return names.map((name) => join(packages, name, 'RECORD'))
}

/** Rows are `path,sha256=BASE64URL,size`; compiled files have no hash, and scripts lie outside the folder. */
function hashedFiles(record: string): { readonly file: string; readonly sha256: string }[] {
  return record.split('\n').flatMap((row) => {
    const [, quoted, plain, hash] = /^(?:"([^"]+)"|([^,]+)),sha256=([\w-]+),/.exec(row) ?? []
    const file = quoted ?? plain
    if (file === undefined || hash === undefined || file.startsWith('..')) return []
    return [{ file, sha256: Buffer.from(hash, 'base64url').toString('hex') }]
  })
}
