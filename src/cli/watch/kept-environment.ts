// An environment that is lent to one run after another. What it sees goes into the history of the run that has it, on that
// run's clock; between runs nobody listens. Before each run but the first it serves the scenarios anew.

import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import type { NewEvent } from '../../core/history.ts'
import {
  type MeshEnvironment,
  type MeshEnvironmentOptions,
  type PreparedScenario,
  startMeshEnvironment,
} from '../../environment/mesh-environment.ts'
import type { RunEnvironment } from '../../run/parts.ts'
import { environmentNeeds, identityOf } from './needs.ts'
import { beganMs, shiftTimes } from './shift-times.ts'

/** What an environment needs of the session, which lasts longer than any run. */
export interface SessionClock {
  readonly originMs: number
  readonly wallOffsetMs: number
}

export interface KeptEnvironment {
  /** Whether these scenarios can run in it. */
  carries(scenarios: readonly PreparedScenario[]): boolean
  /** @throws EnvironmentError when Envoy does not take what they are now; then it is of no use any more */
  lend(run: MeshEnvironmentOptions): Promise<RunEnvironment>
  stop(): Promise<void>
}

/** The rest of the options comes with the run that borrows it. */
export type KeptOptions = Pick<
  MeshEnvironmentOptions,
  'suffix' | 'folder' | 'scenarios' | 'envoyBinary' | 'localstack'
> &
  Pick<MeshEnvironmentOptions, 'seed' | 'watchdog' | 'signal'>

interface Loan {
  readonly run: MeshEnvironmentOptions
  readonly emit: (event: NewEvent) => void
}

/** `first`: the run that waits for it, and sees it start. */
export async function keepEnvironment(
  options: KeptOptions,
  clock: SessionClock,
  first?: MeshEnvironmentOptions,
): Promise<KeptEnvironment> {
  let loan: Loan | undefined = first === undefined ? undefined : loanFor(first, clock)
  const startedProcesses = new Map<string, NewEvent>()
  let isUsed = false
  let refused = new AbortController()
  const needs = new Map(options.scenarios.map((one) => [one.record.name, environmentNeeds(one)]))
  const environment: MeshEnvironment = await startMeshEnvironment({
    ...options,
    ...clock,
    emit(event) {
      if (event.kind === 'process-started') startedProcesses.set(event.process, event)
      if (event.kind === 'config-rejected') refused.abort(new EnvironmentError('Envoy refused what it was served anew'))
      loan?.emit(event)
    },
    compileFile: (definition, record) => {
      if (loan === undefined) throw new Error('nobody has borrowed this environment')
      return loan.run.compileFile(definition, record)
    },
  })
  const borrowed = (mine: Loan): RunEnvironment => ({
    ...environment,
    async stop() {
      if (loan === mine) loan = undefined
    },
  })
  return {
    carries(scenarios) {
      // A relay numbers its connections, and the seed decides by that number what each of them meets.
      if (isUsed && scenarios.some(({ relayTargets }) => relayTargets.length > 0)) return false
      return scenarios.every((one) => needs.get(one.record.name) === environmentNeeds(one))
    },
    async lend(run) {
      const mine = first === run && loan !== undefined ? loan : loanFor(run, clock)
      loan = mine
      if (first === run && !isUsed) {
        isUsed = true
        return borrowed(mine)
      }
      // A history tells which processes were watched, also of those that were there before.
      for (const event of startedProcesses.values()) run.emit({ ...event, atMs: monotonicMs() - run.originMs })
      refused = new AbortController()
      const { signal } = refused
      const isFresh = !isUsed
      isUsed = true
      if (!(isFresh && servesAlready(options.scenarios, run.scenarios))) await environment.renew(run.scenarios, signal)
      signal.throwIfAborted()
      return borrowed(mine)
    },
    stop: () => environment.stop(),
  }
}

/** What began before the run, such as a request of the run before whose line comes late, is none of its business. */
function loanFor(run: MeshEnvironmentOptions, clock: SessionClock): Loan {
  const byMs = clock.originMs - run.originMs
  return {
    run,
    emit(event) {
      const shifted = shiftTimes(event, byMs)
      if (beganMs(shifted) >= 0) run.emit(shifted)
    },
  }
}

/** Of a foreign config the needs are all there is to serve. */
function servesAlready(before: readonly PreparedScenario[], now: readonly PreparedScenario[]): boolean {
  return now.every((one) => one.foreign !== undefined || before.some((old) => identityOf(old) === identityOf(one)))
}
