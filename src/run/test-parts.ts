// Fake parts of a run for this folder's tests: they start, run and stop nothing, but remember the order in which they were
// asked to, and fail or hang where a test says so.

import type { FaultKind, FaultSurface } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { MeshScenario, PipelineScenario } from '../core/scenario-record.ts'
import { syntheticFault, syntheticRequest, syntheticScenario } from '../core/synthetic-history.ts'
import type { PipelineEnvironment, RunEnvironment, RunGenerator } from './parts.ts'
import { type RunOptions, type RunOutcome, runAll } from './run.ts'

export interface Rig {
  readonly log: string[]
  readonly events: NewEvent[]
  readonly stopping: AbortController
  /** Its abort is the end of the emulator. */
  readonly losing: AbortController
  /** Steps by name, such as `start env ''` or `stop generator`, that throw, or wait for what a test decides. */
  readonly on: Map<string, () => Promise<void> | void>
  run(batches: readonly (readonly MeshScenario[])[], pipelines?: readonly PipelineScenario[]): Promise<RunOutcome>
}

export function calm(name: string): MeshScenario {
  return syntheticScenario({ name, faults: [] })
}

/** Alone in an environment of its own, with a fault that acts from the first moment on, for a minute. */
export function isolated(name: string): MeshScenario {
  const fault = syntheticFault({ name: `${name}-fault`, kind: 'kill', fromMs: 0, untilMs: 60_000 })
  return syntheticScenario({ name, faults: [fault], isolated: true })
}

export function rig(): Rig {
  const log: string[] = []
  const events: NewEvent[] = []
  const stopping = new AbortController()
  const losing = new AbortController()
  const on = new Map<string, () => Promise<void> | void>()
  const step = async (name: string) => {
    log.push(name)
    await on.get(name)?.()
  }
  const environment = (suffix: string, emit: (event: NewEvent) => void): RunEnvironment => ({
    readyMs: 1,
    place: () => ({ listeners: [{ name: '', port: 1 }], clusters: ['user'] }),
    changes: () => [],
    surface: () => ({}) as FaultSurface,
    readCounters: async (scenario, phase) => {
      await step(`counters ${scenario} ${phase}`)
      emit({ kind: 'counters', src: 'egress', atMs: 0, scenario, phase, envoy: 'egress', values: {} })
    },
    flushLogs: () => step(`flush env '${suffix}'`),
    stop: () => step(`stop env '${suffix}'`),
  })
  const kill: FaultKind = {
    name: 'kill',
    about: '',
    schema: undefined as never,
    isolated: true,
    describe: () => '',
    async inject({ name }) {
      await step(`inject ${name}`)
      return () => step(`heal ${name}`)
    },
  }
  const options: Omit<RunOptions, 'batches' | 'pipelines'> = {
    faultKinds: [kill],
    originMs: 0,
    signal: stopping.signal,
    hooks: {},
    append: (event) => events.push(event),
    planRequests: ({ name }) => {
      log.push(`plan ${name}`)
      return []
    },
    startEnvironment: async (_, suffix, emit) => {
      await step(`start env '${suffix}'`)
      return environment(suffix, emit)
    },
    startPipelines: async (_, suffix) => {
      await step(`start emulator '${suffix}'`)
      return emulator(suffix, step, losing)
    },
    startGenerator: async (onEvents) => {
      await step('start generator')
      return generator(step, onEvents)
    },
  }
  return {
    log,
    events,
    stopping,
    losing,
    on,
    run: (batches, pipelines = []) => runAll({ ...options, batches, pipelines }),
  }
}

function emulator(suffix: string, step: (name: string) => Promise<void>, losing: AbortController): PipelineEnvironment {
  return {
    readyMs: 1,
    lost: losing.signal,
    async deploy({ name }) {
      await step(`deploy ${name}`)
      return {
        changes: ['bucket logs becomes logs-p1'],
        surface: { freezeEmulator: async () => async () => {} },
        begin: () => {},
        load: () => step(`put ${name}`),
        operate: ({ kind }) => step(`${kind} ${name}`),
        look: () => step(`look ${name}`),
        missing: () => undefined,
        remove: () => step(`remove ${name}`),
      }
    },
    stop: () => step(`stop emulator '${suffix}'`),
  }
}

/** Each job sends one request, whose lines all come with its answer. */
function generator(
  step: (name: string) => Promise<void>,
  onEvents: (events: readonly NewEvent[]) => void,
): RunGenerator {
  return {
    warmUp: () => step('warm up'),
    async run({ scenario }) {
      await step(`load ${scenario}`)
      onEvents(syntheticRequest({ id: scenario, intendedMs: 0 }, scenario))
    },
    stop: () => step('stop generator'),
  }
}

/** Ends when the run is interrupted, as a start that listens to the signal does. */
export function untilAborted({ signal }: AbortController): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
