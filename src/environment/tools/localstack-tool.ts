// Provides LocalStack 4.8.1 in host mode: from the user's cache, else installed from the lock file with the user's own
// python3 and pip. The second time it needs no network and starts no process. An installation comes into place by one rename
// and is believed only with its marker in it, so a run that is killed in between leaves nothing that looks like a tool.

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs } from '../../core/clock.ts'
import { packageRoot } from '../../core/package-root.ts'
import { drawToken } from '../../core/random.ts'
import { formatMs } from '../../core/units.ts'
import type { CommandGuard } from './bounded-command.ts'
import { firstDamaged, recordsSha256 } from './installed-packages.ts'
import { installLocalstack, layoutOf } from './localstack-install.ts'
import { findPython, type PythonFound, pythonVersions } from './localstack-python.ts'
import { withProvisionLock } from './provision-lock.ts'
import { toolCacheFolder } from './tool-cache.ts'

const localstackVersion = '4.8.1'

export interface LocalstackOptions {
  readonly progress?: (line: string) => void
  /** Stands in for SHAKETABLE_CACHE. */
  readonly cacheDir?: string
  /** Hashes every installed file again (seconds) instead of believing the marker. */
  readonly thorough?: boolean
  readonly guard?: CommandGuard
}

export interface LocalstackTool {
  /** The interpreter that has LocalStack's packages. */
  readonly python: string
  readonly folder: string
  /** What belongs into `usr/lib/localstack` of a run's FILESYSTEM_ROOT: `cp -r catalogFolder/. ROOT`. */
  readonly catalogFolder: string
  readonly version: typeof localstackVersion
}

interface Marker {
  readonly pythonVersion: string
  /** The interpreter behind the venv; when it changes, the venv is worth nothing. */
  readonly interpreter: { readonly path: string; readonly sizeBytes: number; readonly mtimeMs: number }
  readonly recordsSha256: string
}

const label = `LocalStack ${localstackVersion}`
const markerName = 'installed.json'

/** @throws EnvironmentError when it cannot be provided, with the package to install or what pip said */
export async function ensureLocalstack(options: LocalstackOptions = {}): Promise<LocalstackTool> {
  const lockFile = join(packageRoot(), 'localstack', 'requirements.lock')
  const base = await folderBase(lockFile, options.cacheDir)
  const found = await findInstalled(base, pythonVersions, options.thorough)
  if (found !== undefined) return found

  const say = (text: string) => options.progress?.(`${label}: ${text}`)
  const python = await findPython(options.guard)
  const folder = `${base}-py${python.version}`
  return withProvisionLock(
    `${folder}.lock`,
    async () => {
      // The run that we waited for may have done it.
      const meanwhile = await findInstalled(base, [python.version], options.thorough)
      return meanwhile ?? install(folder, python, lockFile, say, options.guard)
    },
    () => say('another run is installing it, waiting'),
    options.guard?.signal,
  )
}

/** An installation that is in order; undefined where one has to be made. */
export async function cachedLocalstack(
  options: Pick<LocalstackOptions, 'cacheDir' | 'thorough'> = {},
): Promise<LocalstackTool | undefined> {
  const base = await folderBase(join(packageRoot(), 'localstack', 'requirements.lock'), options.cacheDir)
  return findInstalled(base, pythonVersions, options.thorough)
}

/** `<cache>/localstack-4.8.1-<lock>-linux-x64`; `-py3.11` follows. */
async function folderBase(lockFile: string, cacheDir: string | undefined): Promise<string> {
  const lock = createHash('sha256')
    .update(await readFile(lockFile))
    .digest('hex')
    .slice(0, 12)
  const name = `localstack-${localstackVersion}-${lock}-${process.platform}-${process.arch}`
  return join(toolCacheFolder(cacheDir), name)
}

async function findInstalled(
  base: string,
  versions: readonly string[],
  thorough = false,
): Promise<LocalstackTool | undefined> {
  for (const version of versions) {
    const folder = `${base}-py${version}`
    if (await isInOrder(folder, version, thorough)) return toolOf(folder, version)
  }
  return undefined
}

async function isInOrder(folder: string, version: string, thorough: boolean): Promise<boolean> {
  const marker = await readMarker(folder)
  if (marker?.pythonVersion !== version) return false
  const { python, packages } = layoutOf(folder, version)
  const interpreter = await interpreterOf(python).catch(() => undefined)
  if (JSON.stringify(interpreter) !== JSON.stringify(marker.interpreter)) return false
  if (!thorough) return true
  const records = await recordsSha256(packages).catch(() => undefined)
  return records === marker.recordsSha256 && (await firstDamaged(packages)) === undefined
}

async function install(
  folder: string,
  python: PythonFound,
  lockFile: string,
  say: (text: string) => void,
  guard: CommandGuard | undefined,
): Promise<LocalstackTool> {
  const startedMs = monotonicMs()
  const partialPrefix = `${folder}.partial-`
  await removeLeftovers(partialPrefix)
  const partial = `${partialPrefix}${drawToken().slice(0, 12)}`
  await mkdir(partial, { recursive: true, mode: 0o700 })
  try {
    await installLocalstack({ label, python, lockFile, folder: partial, say, guard })
    const layout = layoutOf(partial, python.version)
    const marker: Marker = {
      pythonVersion: python.version,
      interpreter: await interpreterOf(layout.python),
      recordsSha256: await recordsSha256(layout.packages),
    }
    await rm(join(partial, 'tmp'), { recursive: true, force: true })
    await writeFile(join(partial, markerName), `${JSON.stringify(marker)}\n`)
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  say(`ready in ${formatMs(monotonicMs() - startedMs)}`)
  return toolOf(folder, python.version)
}

function toolOf(folder: string, pythonVersion: string): LocalstackTool {
  const { python, catalog } = layoutOf(folder, pythonVersion)
  return { python, folder, catalogFolder: catalog, version: localstackVersion }
}

async function interpreterOf(python: string): Promise<Marker['interpreter']> {
  const path = await realpath(python)
  const { size, mtimeMs } = await stat(path)
  return { path, sizeBytes: size, mtimeMs: Math.floor(mtimeMs) }
}

async function readMarker(folder: string): Promise<Marker | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, markerName), 'utf8'))
    return typeof value === 'object' && value !== null && 'interpreter' in value ? (value as Marker) : undefined
  } catch {
    return undefined // absent or torn: both mean "not installed"
  }
}

/** What runs that were killed while installing have left. We hold this folder's lock, so nobody is using them. */
async function removeLeftovers(partialPrefix: string): Promise<void> {
  const parent = join(partialPrefix, '..')
  const names = await readdir(parent).catch(() => [])
  const leftovers = names.map((name) => join(parent, name)).filter((path) => path.startsWith(partialPrefix))
  await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })))
}
