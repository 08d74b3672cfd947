// What a command runs in when it starts processes: a watchdog that ends them however we die, and an interrupt (Ctrl-C,
// SIGTERM, SIGHUP) that closes in good order first. What does not close in time is ended by the watchdog all the same.

import { setTimeout as pause } from 'node:timers/promises'
import { nameRunFolder } from '../environment/process/run-folder.ts'
import { onInterrupt } from '../environment/process/signals.ts'
import { startWatchdog, type Watchdog } from '../environment/process/watchdog.ts'

export interface Guard {
  /** Aborted by the first interrupt; whoever waits for something long listens to it. */
  readonly signal: AbortSignal
  readonly watchdog: Watchdog
}

/** The work was cut short; the process is about to end with the signal's own exit code. Not a failure to report. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Nothing of a run may be left two seconds after an interrupt. */
const forceAfterMs = 1_000
/** From there on even what we wait for ourselves is given up. */
const giveUpAfterMs = 400

/** @throws Interrupted instead of whatever came out of a work that was being ended */
export async function guarded<Result>(work: (guard: Guard) => Promise<Result>): Promise<Result> {
  const stopping = new AbortController()
  const finished = Promise.withResolvers<void>()
  let closeByForce = async (): Promise<void> => {}
  const unhook = onInterrupt(async () => {
    stopping.abort()
    const inGoodOrder = finished.promise.then(() => true)
    if (await Promise.race([inGoodOrder, pause(forceAfterMs)])) return
    void closeByForce()
    await Promise.race([inGoodOrder, pause(giveUpAfterMs)])
  })
  try {
    await using watchdog = await startWatchdog(nameRunFolder())
    closeByForce = () => watchdog.close()
    const result = await work({ signal: stopping.signal, watchdog })
    stopping.signal.throwIfAborted()
    return result
  } catch (error) {
    throw stopping.signal.aborted ? new Interrupted() : error
  } finally {
    finished.resolve()
    unhook()
  }
}
