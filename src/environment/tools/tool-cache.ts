// Where provisioned tools live on a user's machine, and the marker that says a file there was hash-checked. The check of
// a second run is cheap on purpose: size and modification time against the marker, no hashing, no network.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { drawToken } from '../../core/random.ts'

/** `${SHAKETABLE_CACHE ?? XDG_CACHE_HOME ?? ~/.cache}/shaketable`; `cacheDir` stands in for SHAKETABLE_CACHE. */
export function toolCacheFolder(cacheDir?: string): string {
  const own = cacheDir ?? process.env.SHAKETABLE_CACHE
  if (own) return join(resolve(own), 'shaketable')
  const xdg = process.env.XDG_CACHE_HOME
  // The XDG specification says that relative paths are to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'shaketable')
}

interface Marker {
  readonly sha256: string
  readonly sizeBytes: number
  readonly mtimeMs: number
}

/** True when `file` is as it was when `markVerified` was called. */
export async function isVerified(file: string): Promise<boolean> {
  const [marker, found] = await Promise.all([readMarker(file), stat(file).catch(() => undefined)])
  return (
    marker !== undefined &&
    found?.isFile() === true &&
    found.size === marker.sizeBytes &&
    // A copy of a cache keeps no nanoseconds.
    Math.abs(found.mtimeMs - marker.mtimeMs) < 1
  )
}

/** True when `file` still has the hash of its marker: reads it whole. */
export async function isVerifiedThoroughly(file: string): Promise<boolean> {
  const marker = await readMarker(file)
  return marker !== undefined && (await isVerified(file)) && (await sha256Of(file)) === marker.sha256
}

/** Writes the marker beside `file`, atomically. Call it only after the hash was compared. */
export async function markVerified(file: string, sha256: string): Promise<void> {
  const { size, mtimeMs } = await stat(file)
  const marker: Marker = { sha256, sizeBytes: size, mtimeMs }
  const draft = `${markerOf(file)}.${drawToken()}`
  await writeFile(draft, `${JSON.stringify(marker)}\n`)
  await rename(draft, markerOf(file))
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

function markerOf(file: string): string {
  return `${file}.verified.json`
}

async function readMarker(file: string): Promise<Marker | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(markerOf(file), 'utf8'))
    return typeof value === 'object' && value !== null && 'sha256' in value ? (value as Marker) : undefined
  } catch {
    return undefined // absent or torn: both mean "not verified"
  }
}
