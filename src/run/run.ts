// A whole run: environments, batches of scenarios side by side, one history. It knows the order of things and heals and
// stops in every case; what the parts are, cli/ decides.
//
//   open history ─► warm environment ─► batch ─► batch ─► ... ─► stop ─► end of history
//                                        └─ isolated scenarios: an environment of their own for the batch

import { monotonicMs } from '../core/clock.ts'
import type { FaultKind } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import type { RunEnvironment, RunGenerator, RunHooks, RunRequest } from './parts.ts'
import { runScenario } from './run-scenario.ts'
import { type Settling, settling } from './settled.ts'

export interface RunOptions {
  /** Batches in order; the scenarios of a batch run side by side. */
  readonly batches: readonly (readonly ScenarioRecord[])[]
  readonly faultKinds: readonly FaultKind[]
  readonly originMs: number
  /** One environment for all these scenarios. `suffix` is empty for the warm one. */
  readonly startEnvironment: (
    scenarios: readonly ScenarioRecord[],
    suffix: string,
    emit: (event: NewEvent) => void,
  ) => Promise<RunEnvironment>
  readonly startGenerator: (onEvents: (events: readonly NewEvent[]) => void) => Promise<RunGenerator>
  readonly planRequests: (scenario: ScenarioRecord, clusters: readonly string[]) => readonly RunRequest[]
  readonly append: (event: NewEvent) => void
  readonly hooks: RunHooks
  readonly signal: AbortSignal
}

export interface RunOutcome {
  readonly interrupted: boolean
}

/** From the batch's readiness to its first request: time to read counters. */
const leadMs = 150
const heartbeatMs = 50

export async function runAll(options: RunOptions): Promise<RunOutcome> {
  const bus = eventBus(options)
  const scenarios = options.batches.flat()
  const shared = scenarios.filter((scenario) => !scenario.isolated)
  const stops: (() => Promise<void>)[] = []
  const stopPulse = startPulse(bus.emit, options.originMs)
  let generator: RunGenerator | undefined
  const interrupt = () => void generator?.stop()
  options.signal.addEventListener('abort', interrupt)
  try {
    const starting = options.startGenerator((events) => events.forEach(bus.emit))
    starting.catch(() => {})
    const warm = shared.length === 0 ? undefined : await options.startEnvironment(shared, '', bus.emit)
    if (warm !== undefined) stops.push(() => warm.stop())
    generator = await starting
    const started = generator
    stops.push(() => started.stop())
    for (const [index, batch] of options.batches.entries()) {
      if (options.signal.aborted) break
      options.hooks.batchStarting?.(batch, index, options.batches.length)
      await runBatch(batch, { options, bus, warm, generator })
    }
  } finally {
    options.signal.removeEventListener('abort', interrupt)
    for (const stop of stops.reverse()) await stop()
    stopPulse()
  }
  return { interrupted: options.signal.aborted }
}

interface BatchParts {
  readonly options: RunOptions
  readonly bus: EventBus
  readonly warm: RunEnvironment | undefined
  readonly generator: RunGenerator
}

async function runBatch(batch: readonly ScenarioRecord[], parts: BatchParts): Promise<void> {
  const { options, bus, warm, generator } = parts
  const all = options.batches.flat()
  const own: RunEnvironment[] = []
  try {
    const started = await Promise.allSettled(
      batch.map(async (record) => {
        if (!record.isolated) return warm
        const environment = await options.startEnvironment([record], `-${all.indexOf(record) + 1}`, bus.emit)
        own.push(environment)
        return environment
      }),
    )
    const environments = started.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
    if (options.signal.aborted) return
    const startMs = monotonicMs() + leadMs
    const runs = await Promise.allSettled(
      batch.map(async (record, index) => {
        const environment = environments[index]
        if (environment === undefined) throw new Error(`no environment for ${record.name}`)
        const requests = options.planRequests(record, environment.place(record.name).clusters)
        options.hooks.scenarioStarted?.(record)
        await runScenario({
          record,
          environment,
          generator,
          faultKinds: options.faultKinds,
          requests,
          startMs,
          originMs: options.originMs,
          settling: bus.settlingOf(record.name),
          emit: bus.emit,
          nextEvent: bus.nextEvent,
          signal: options.signal,
        })
        options.hooks.scenarioFinished?.(record)
      }),
    )
    for (const result of runs) if (result.status === 'rejected') throw result.reason
  } finally {
    await Promise.all(own.map((environment) => environment.stop()))
  }
}

interface EventBus {
  readonly emit: (event: NewEvent) => void
  readonly settlingOf: (scenario: string) => Settling
  readonly nextEvent: (limitMs: number) => Promise<void>
}

function eventBus({ append, hooks }: RunOptions): EventBus {
  const settlings = new Map<string, Settling>()
  const waiting = new Set<() => void>()
  const settlingOf = (scenario: string) => {
    const found = settlings.get(scenario) ?? settling()
    settlings.set(scenario, found)
    return found
  }
  return {
    settlingOf,
    emit(event) {
      append(event)
      settlingOf(event.scenario).observe(event)
      hooks.event?.(event)
      for (const wake of waiting) wake()
    },
    nextEvent: (limitMs) =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(wake, limitMs)
        waiting.add(wake)
      }),
  }
}

/** How late our own timers fire, so that checks know when the machine was busy. */
function startPulse(emit: (event: NewEvent) => void, originMs: number): () => void {
  let dueMs = monotonicMs() + heartbeatMs
  let reportedMs = Number.NEGATIVE_INFINITY
  const timer = setInterval(() => {
    const now = monotonicMs()
    const lateMs = Math.max(0, now - dueMs)
    dueMs = now + heartbeatMs
    if (lateMs < 2 && now - reportedMs < 250) return
    reportedMs = now
    emit({ kind: 'heartbeat', src: 'runner', atMs: now - originMs, scenario: '', lateMs })
  }, heartbeatMs)
  return () => clearInterval(timer)
}
