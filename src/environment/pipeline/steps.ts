// The steps of a pipeline's life in the emulator (deploy it, look into it, drain it) as seen from outside: each has a limit,
// ends as soon as the emulator does, and whatever the AWS SDK says went wrong is trouble with the environment.

import { EnvironmentError, InputError } from '../../core/errors.ts'
import { formatMs } from '../../core/units.ts'
import { unlessAborted } from './interruptible.ts'
import { emulatorTrouble } from './repeated-look.ts'

/**
 * Does the work and waits for it at most so long.
 * @param what for messages, for instance `the stack of steady could not be deployed`
 * @throws the signal's reason, EnvironmentError, InputError; anything else is a bug of ours
 */
export type Step = <Result>(what: string, limitMs: number, work: () => Promise<Result>) => Promise<Result>

export function steps(signal: AbortSignal): Step {
  return async (what, limitMs, work) => {
    const late = new AbortController()
    const timer = setTimeout(
      () =>
        late.abort(new EnvironmentError(`${what}: no end after ${formatMs(limitMs)}\n  hint: does the emulator hang?`)),
      limitMs,
    )
    try {
      return await unlessAborted(AbortSignal.any([signal, late.signal]), work)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof InputError || !saysSdk(error)) throw error
      throw emulatorTrouble(what, error)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The SDK puts `$metadata` on all that it throws; what goes wrong below it has a code. */
function saysSdk(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || ('code' in error && 'syscall' in error))
}

/** An answer of the service, not a connection that failed. */
export function isServiceAnswer(error: unknown): boolean {
  return error instanceof Error && '$fault' in error && '$response' in error
}
