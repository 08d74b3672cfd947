// The parts of a session of runs: one load generator, one environment for all scenarios that share one, and for those that
// need an environment of their own the next one, started ahead of time. What a run gives back is kept; what does not fit the
// next run any more is stopped in the background while its successor starts.
//
//   save ─► run ─► lend: fits? ─► yes: served anew ─► load        (about 0.1 s)
//                          └────► no: start another ─► load        (about 0.6 s)

import { join } from 'node:path'
import { measureWallOffset, monotonicMs } from '../../core/clock.ts'
import type { NewEvent } from '../../core/history.ts'
import { stopAll } from '../../core/stop-all.ts'
import type { MeshEnvironmentOptions, PreparedScenario } from '../../environment/mesh-environment.ts'
import { type Generator, type GeneratorOptions, startGenerator } from '../../load/generator.ts'
import type { RunEnvironment, RunGenerator } from '../../run/parts.ts'
import type { MeshSupply } from '../shake-meshes.ts'
import { type KeptEnvironment, type KeptOptions, keepEnvironment, type SessionClock } from './kept-environment.ts'
import { beganMs, shiftTimes } from './shift-times.ts'

export interface KeptParts extends MeshSupply {
  /** Before each run: which scenarios the session is about. Those that share an environment all get a place in it. */
  begin(all: readonly PreparedScenario[]): Promise<void>
  /** Starts what the next run of the same scenarios will need; to be called when a run is over. */
  prepareAhead(): void
  /** Stops everything, and begins anew with the next run. */
  reset(): Promise<void>
}

/** Two of them take about 150 MB. */
const spareMax = 2
/** A wall clock that was set, or a machine that slept: times in Envoy's logs would be wrong. */
const clockStepMs = 2

interface Slot {
  environment: Promise<KeptEnvironment>
  readonly scenarios: readonly PreparedScenario[]
}

export function keptParts(signal: AbortSignal): KeptParts {
  let clock = sessionClock()
  let started = 0
  let all: readonly PreparedScenario[] = []
  let generator: KeptGenerator | undefined
  /** By scenario; the shared one by an empty name. */
  const slots = new Map<string, Slot>()
  const ending = new Set<Promise<unknown>>()
  /** Of scenarios in environments of their own that the last run had. */
  const wanted = new Map<string, MeshEnvironmentOptions>()

  const endLater = async (slot: Slot | undefined) => {
    if (slot === undefined) return
    const ended = slot.environment.then((environment) => environment.stop()).catch(() => {})
    ending.add(ended)
    await ended
    ending.delete(ended)
  }
  const start = (scenarios: readonly PreparedScenario[], run: MeshEnvironmentOptions, isFirst: boolean): Slot => {
    const { envoyBinary, localstack, seed, watchdog } = run
    const [only] = scenarios
    const options: KeptOptions = {
      suffix: run.suffix === '' ? '' : `-${only?.key ?? ''}`,
      folder: join(run.folder, `kept-${++started}`),
      scenarios,
      envoyBinary,
      localstack,
      seed,
      watchdog,
      signal,
    }
    const environment = keepEnvironment(options, clock, isFirst ? run : undefined)
    environment.catch(() => {})
    return { environment, scenarios }
  }
  const reset = async () => {
    const own = generator
    generator = undefined
    for (const slot of slots.values()) void endLater(slot)
    slots.clear()
    wanted.clear()
    await stopAll([...(own === undefined ? [] : [() => own.end()]), ...[...ending].map((ended) => () => ended)])
  }
  signal.addEventListener('abort', () => void generator?.end().catch(() => {}))

  return {
    async begin(prepared) {
      all = prepared
      if (!hasStepped(clock)) return
      await reset()
      clock = sessionClock()
    },
    async startGenerator(options) {
      generator ??= keepGenerator(clock)
      return generator.lend(options, signal)
    },
    async startEnvironment(run) {
      const isShared = run.suffix === ''
      const slotName = isShared ? '' : (run.scenarios[0]?.record.name ?? '')
      // The user's own control plane ends with the run, and its environment before it.
      const isLive = run.scenarios.some(({ live }) => live !== undefined)
      if (!isShared && !isLive) wanted.set(slotName, run)
      const lent = await lendFrom(slots.get(slotName), run)
      if (lent === undefined) {
        void endLater(slots.get(slotName))
        const scenarios = isShared
          ? withThose(
              all.filter(({ record }) => !record.isolated),
              run.scenarios,
            )
          : run.scenarios
        const slot = start(scenarios, run, true)
        slots.set(slotName, slot)
        try {
          const environment = await (await slot.environment).lend(run)
          return isShared ? environment : usedUp(environment, () => endSlot(slotName, slot), isLive)
        } catch (error) {
          void endSlot(slotName, slot)
          throw error
        }
      }
      const slot = slots.get(slotName)
      return isShared || slot === undefined ? lent : usedUp(lent, () => endSlot(slotName, slot), isLive)
    },
    prepareAhead() {
      for (const [name, run] of [...wanted].slice(-spareMax)) {
        if (!slots.has(name) && !signal.aborted) slots.set(name, start(run.scenarios, run, false))
      }
      wanted.clear()
    },
    reset,
  }

  function endSlot(name: string, slot: Slot): Promise<void> {
    if (slots.get(name) === slot) slots.delete(name)
    return endLater(slot)
  }
}

/** Undefined: there is none, or it does not fit, or Envoy refused what it was served anew. */
async function lendFrom(slot: Slot | undefined, run: MeshEnvironmentOptions): Promise<RunEnvironment | undefined> {
  if (slot === undefined) return undefined
  try {
    const environment = await slot.environment
    if (!environment.carries(run.scenarios)) return undefined
    return await environment.lend(run)
  } catch {
    // A new one says what is wrong, in the words of every other start.
    return undefined
  }
}

/** Isolated scenarios do to their processes what cannot be undone: nobody gets that environment after them. */
function usedUp(environment: RunEnvironment, end: () => Promise<void>, isAwaited: boolean): RunEnvironment {
  return {
    ...environment,
    async stop() {
      await environment.stop()
      const ended = end()
      if (isAwaited) await ended
    },
  }
}

/** The scenarios of the run, as they are now, and the others. */
function withThose(all: readonly PreparedScenario[], those: readonly PreparedScenario[]): readonly PreparedScenario[] {
  const names = new Set(those.map(({ record }) => record.name))
  return [...all.filter(({ record }) => !names.has(record.name)), ...those]
}

const sessionClock = (): SessionClock => ({ originMs: monotonicMs(), wallOffsetMs: measureWallOffset().offsetMs })

const hasStepped = (clock: SessionClock): boolean =>
  Math.abs(measureWallOffset().offsetMs - clock.wallOffsetMs) > clockStepMs

interface KeptGenerator {
  lend(options: GeneratorOptions, signal: AbortSignal): Promise<RunGenerator>
  end(): Promise<void>
}

function keepGenerator(clock: SessionClock): KeptGenerator {
  let sink: ((events: readonly NewEvent[]) => void) | undefined
  const starting: Promise<Generator> = startGenerator({
    originMs: clock.originMs,
    onEvents: (events) => sink?.(events),
  })
  starting.catch(() => {})
  const end = async () => (await starting).stop()
  return {
    end,
    async lend({ originMs, onEvents }, signal) {
      const byMs = clock.originMs - originMs
      const mine = (events: readonly NewEvent[]) =>
        onEvents(events.map((event) => shiftTimes(event, byMs)).filter((event) => beganMs(event) >= 0))
      sink = mine
      const generator = await starting
      return {
        warmUp: () => generator.warmUp(),
        run: (job) => generator.run(job),
        async stop() {
          if (sink === mine && !signal.aborted) sink = undefined
          if (signal.aborted) await generator.stop()
        },
      }
    },
  }
}
