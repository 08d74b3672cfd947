// Installs the locked packages of LocalStack into a folder of ours and builds its service catalogue. The venv is made
// without pip, which would need another system package: the user's own pip installs into it, and only where there is none
// the venv brings its own. Nothing of the user's Python is touched.

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '../../core/errors.ts'
import { type CommandGuard, type CommandOutcome, lastLinesOf, runBounded } from './bounded-command.ts'
import type { PythonFound } from './localstack-python.ts'
import { pipFailure } from './pip-failure.ts'

const installTimeoutMs = 10 * 60_000
const venvTimeoutMs = 2 * 60_000
const catalogTimeoutMs = 2 * 60_000

export interface InstallRequest {
  readonly label: string
  readonly python: PythonFound
  readonly lockFile: string
  /** An empty folder of ours: gets `venv` and `catalog`. */
  readonly folder: string
  readonly say: (text: string) => void
  readonly guard?: CommandGuard | undefined
}

/** Paths inside an installation. */
export function layoutOf(folder: string, pythonVersion: string) {
  const venv = join(folder, 'venv')
  return {
    venv,
    python: join(venv, 'bin', 'python'),
    packages: join(venv, 'lib', `python${pythonVersion}`, 'site-packages'),
    catalog: join(folder, 'catalog'),
  }
}

/** @throws EnvironmentError that says which package to install, or what pip said */
export async function installLocalstack(request: InstallRequest): Promise<void> {
  const { folder, python, say } = request
  const { venv, packages } = layoutOf(folder, python.version)
  await mkdir(join(folder, 'tmp'), { recursive: true, mode: 0o700 })
  const made = await command(request, python.path, ['-m', 'venv', '--without-pip', venv], venvTimeoutMs)
  if (made.code !== 0) throw failed(request, made, venvTimeoutMs)

  const pip = await pipOf(request)
  say('fetching and installing its packages (60 MB, 220 MB on disk)…')
  const flags = ['--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:', '--no-cache-dir']
  const args = ['-m', 'pip', 'install', ...flags, '--target', packages, '-r', request.lockFile]
  const installed = await command(request, pip, args, installTimeoutMs)
  if (installed.code !== 0) throw failed(request, installed, installTimeoutMs)

  say('building its service catalogue…')
  await buildCatalog(request)
}

/** The Python whose pip installs. */
async function pipOf(request: InstallRequest): Promise<string> {
  const { folder, python } = request
  const own = await command(request, python.path, ['-m', 'pip', '--version'], 60_000)
  if (own.code === 0) return python.path
  if (own.stopped === 'interrupted') throw failed(request, own, 60_000)
  // On Debian this works with python3-venv.
  const bare = layoutOf(folder, python.version).python
  const ensured = await command(request, bare, ['-m', 'ensurepip', '--default-pip'], venvTimeoutMs)
  if (ensured.code === 0) return bare
  throw failed(request, own, 60_000)
}

async function buildCatalog(request: InstallRequest): Promise<void> {
  const { folder, python, label } = request
  const layout = layoutOf(folder, python.version)
  // Where LocalStack looks for it, below its root.
  const libraries = join(layout.catalog, ...catalogPath)
  await mkdir(libraries, { recursive: true, mode: 0o700 })
  const built = await command(request, layout.python, ['-m', 'localstack.aws.spec'], catalogTimeoutMs, {
    OVERRIDE_IN_DOCKER: '0',
    FILESYSTEM_ROOT: layout.catalog,
    DISABLE_EVENTS: '1',
    XDG_CACHE_HOME: join(folder, 'tmp'),
    CONFIG_DIR: join(folder, 'tmp'),
  })
  const files = await readdir(libraries)
  if (built.code === 0 && files.some((name) => name.endsWith('.dill'))) return
  const why = built.stopped ?? `code ${built.code}`
  throw new EnvironmentError(
    `${label}: its service catalogue was not built (${why}):\n${lastLinesOf(built.stderr)}\n  hint: try again`,
  )
}

/** The catalogue's folder below a LocalStack's FILESYSTEM_ROOT. */
const catalogPath: readonly string[] = ['usr', 'lib', 'localstack']

function command(
  request: InstallRequest,
  file: string,
  args: readonly string[],
  timeoutMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> {
  return runBounded(file, args, {
    timeoutMs,
    signal: request.guard?.signal,
    env: {
      ...request.guard?.marker,
      TMPDIR: join(request.folder, 'tmp'),
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_REQUIRE_VIRTUALENV: '0',
      // Neither goes together with a folder of ours.
      PIP_USER: '0',
      PYTHONNOUSERSITE: '1',
      PIP_ROOT_USER_ACTION: 'ignore',
      PIP_RETRIES: process.env.PIP_RETRIES ?? '2',
      ...env,
    },
  })
}

function failed(request: InstallRequest, outcome: CommandOutcome, timeoutMs: number): EnvironmentError {
  const said = lastLinesOf(`${outcome.stderr}\n${outcome.stdout}`)
  const asked = { requirement: 'wheel of a locked package', pinned: 'the sha256 of the lock file', timeoutMs }
  const { what, hint } = pipFailure(asked, outcome)
  return new EnvironmentError(
    `${request.label} could not be installed: ${what}${said ? `\n${said}` : ''}\n  hint: ${hint}`,
  )
}
