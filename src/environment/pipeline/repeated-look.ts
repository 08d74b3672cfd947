// Looks at something again and again, one look at a time. A look that fails is no news, since the next one comes soon (the
// emulator may be frozen on purpose); only who asks for a look learns that it failed.

import { EnvironmentError } from '../../core/errors.ts'

export interface RepeatedLook {
  /** A whole look that began after this call. @throws EnvironmentError when it failed */
  look(): Promise<void>
  /** No look after this; one under way is aborted. Safe to call twice. */
  stop(): Promise<void>
}

export function repeatedLook(options: {
  /** For messages, for instance `table logs-errors could not be read`. */
  readonly failure: string
  readonly everyMs: number
  readonly look: (signal: AbortSignal) => Promise<void>
}): RepeatedLook {
  const stopping = new AbortController()
  let last: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const inTurn = (): Promise<void> => {
    const look = last.then(async () => {
      if (!stopping.signal.aborted) await options.look(stopping.signal)
    })
    last = look.catch(() => {})
    return look
  }
  const again = () => {
    if (stopping.signal.aborted) return
    timer = setTimeout(() => void inTurn().then(again, again), options.everyMs)
  }
  again()
  return {
    async look() {
      try {
        await inTurn()
      } catch (error) {
        if (!stopping.signal.aborted) throw emulatorTrouble(options.failure, error)
      }
    },
    async stop() {
      clearTimeout(timer)
      stopping.abort()
      await last
      clearTimeout(timer)
    },
  }
}

/** What the SDK says went wrong, as trouble with the environment. */
export function emulatorTrouble(what: string, error: unknown): EnvironmentError {
  if (error instanceof EnvironmentError) return error
  const { name, message } = error as Error
  return new EnvironmentError(
    `${what}: ${message === '' ? name : `${name}: ${message}`}\n  hint: is the emulator still running?`,
  )
}
