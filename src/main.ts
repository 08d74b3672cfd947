// Arguments in, exit code out. Expected errors (bad input, an environment that does not start) are printed as what they
// are; anything else goes up to the launcher, which calls it a bug of ours.

import { CommanderError } from 'commander'
import { buildProgram } from './cli/program.ts'
import { EnvironmentError, exitCodes, InputError } from './core/errors.ts'

export async function main(args: readonly string[]): Promise<number> {
  const outcome: { exitCode: number } = { exitCode: exitCodes.pass }
  try {
    await buildProgram((exitCode) => {
      outcome.exitCode = exitCode
    }).parseAsync([...args], { from: 'user' })
    return outcome.exitCode
  } catch (error) {
    // Commander has said it already, whether help or a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.badInput
    if (error instanceof InputError || error instanceof EnvironmentError) {
      process.stderr.write(`shaketable: ${error.message}\n`)
      return error.exitCode
    }
    throw error
  }
}
