// SIGINT, SIGTERM and SIGHUP close the run in good order, once; a second one ends us at once and leaves the rest to the
// watchdog. Exit codes are the shell's: 128 plus the signal's number.

import { monotonicMs } from '../../core/clock.ts'

const exitCodeOf = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type Interrupt = keyof typeof exitCodeOf

/** One Ctrl-C may arrive twice, from the terminal and from npm or the launcher in front of us. */
const sameInterruptMs = 500
const stopTimeoutMs = 10_000

/** Calls `stop` on the first interrupt and exits when it is done. Returns what removes the handlers again. */
export function onInterrupt(stop: () => Promise<void>): () => void {
  let firstMs: number | undefined
  const handlers = (Object.keys(exitCodeOf) as Interrupt[]).map((signal) => {
    const handler = (): void => {
      const nowMs = monotonicMs()
      if (firstMs === undefined) {
        firstMs = nowMs
        void closeAndExit(stop, exitCodeOf[signal])
      } else if (nowMs - firstMs > sameInterruptMs) process.exit(exitCodeOf[signal])
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}

async function closeAndExit(stop: () => Promise<void>, exitCode: number): Promise<never> {
  setTimeout(() => process.exit(exitCode), stopTimeoutMs).unref()
  try {
    await stop()
  } catch (error) {
    process.stderr.write(`closing was not clean: ${error instanceof Error ? error.message : String(error)}\n`)
  }
  process.exit(exitCode)
}
