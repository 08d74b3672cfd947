// Arguments in, exit code out. Expected errors (bad input, an environment that does not start) are printed as what they
// are; anything else goes up to the launcher, which calls it a bug of ours.

import { CommanderError } from 'commander'
import { Interrupted } from './cli/guarded.ts'
import { NothingToRun } from './cli/last-failed.ts'
import { buildProgram } from './cli/program.ts'
import { EnvironmentError, exitCodes, InputError } from './core/errors.ts'

export async function main(args: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: exitCodes.pass }
  // `shaketable judge ... | head`: who reads no further has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  try {
    await buildProgram((exitCode) => {
      outcome.exitCode = exitCode
    }).parseAsync([...args], { from: 'user' })
    return outcome.exitCode
  } catch (thrown) {
    const error = firstOf(thrown)
    // It has been said, and the signal's own exit code is on its way.
    if (error instanceof Interrupted) return exitCodes.inconclusive
    if (error instanceof NothingToRun) {
      process.stderr.write(`${error.message}\n`)
      return exitCodes.pass
    }
    // Commander has said it already, whether help or a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.badInput
    if (error instanceof InputError || error instanceof EnvironmentError) {
      process.stderr.write(`shaketable: ${error.message}\n`)
      return error.exitCode
    }
    throw error
  }
}

/** What went wrong first, when closing went wrong because of it as well. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}
