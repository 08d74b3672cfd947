// Finds a Python that LocalStack 4.8.1 runs on: `python3` if it is new enough and not too new, else one that bears its
// version in its name. The path is the interpreter's own, past wrappers and links that may point elsewhere tomorrow.

import { EnvironmentError } from '../../core/errors.ts'
import { type CommandGuard, type CommandOutcome, lastLinesOf, runBounded } from './bounded-command.ts'

export interface PythonFound {
  readonly path: string
  /** `3.11` */
  readonly version: string
}

/** What the lock file has wheels for; tried with each of them. */
export const pythonVersions: readonly string[] = ['3.11', '3.12', '3.13']

const program =
  'import os, sys; print(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)); print("%d.%d" % sys.version_info[:2])'

/** @throws EnvironmentError that says what was found and what to install */
export async function findPython(guard?: CommandGuard): Promise<PythonFound> {
  const seen: string[] = []
  for (const command of ['python3', ...pythonVersions.toReversed().map((version) => `python${version}`)]) {
    const outcome = await runBounded(command, ['-I', '-c', program], {
      timeoutMs: 20_000,
      signal: guard?.signal,
      env: { ...guard?.marker },
    })
    const [path, version] = outcome.stdout.trim().split('\n')
    if (outcome.code === 0 && path && version && pythonVersions.includes(version)) return { path, version }
    if (outcome.stopped !== 'not-found') seen.push(`${command} ${told(outcome, version)}`)
  }
  throw new EnvironmentError(
    `LocalStack 4.8.1 needs Python ${pythonVersions.join(', ')}; found ${seen.length === 0 ? 'no python3' : seen.join(', ')}\n` +
      '  hint: apt-get install python3.11 python3.11-venv, or python3 python3-pip of a Debian or Ubuntu from 2023 on',
  )
}

function told(outcome: CommandOutcome, version: string | undefined): string {
  if (outcome.code === 0) return `is ${version}`
  return `does not run (${outcome.stopped ?? `code ${outcome.code}`}${outcome.stderr === '' ? '' : `:\n${lastLinesOf(outcome.stderr, 1)}`})`
}
