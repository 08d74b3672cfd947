// One scenario in a running environment: load under faults, heal, drain, counters. Everything that happens goes into the
// history through `emit`; nothing is judged here.

import { monotonicMs } from '../core/clock.ts'
import type { FaultKind } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { until } from '../core/until.ts'
import { runFaultSchedule } from './fault-schedule.ts'
import type { RunEnvironment, RunGenerator } from './parts.ts'
import type { Settling } from './settled.ts'

export interface ScenarioRun {
  readonly record: MeshScenario
  readonly environment: RunEnvironment
  readonly generator: RunGenerator
  readonly faultKinds: readonly FaultKind[]
  readonly requests: readonly PlannedRequest[]
  /** Monotonic time of the scenario's first moment. */
  readonly startMs: number
  readonly originMs: number
  readonly settling: Settling
  /** Time between the last load and the reading of counters. */
  readonly calmMs: number
  /** What runs beside it: reading an Envoy's counters would make their requests late, and several readings each other's. */
  readonly loads: { readonly over: Promise<void>; done(): void; inTurn(work: () => Promise<void>): Promise<void> }
  readonly emit: (event: NewEvent) => void
  /** Resolves with the next event of any kind; the drain waits on it. */
  readonly nextEvent: (limitMs: number) => Promise<void>
  readonly signal: AbortSignal
}

/** How long logs may take to come in after the last answer. What is missing then, the checks will say. */
const drainLimitMs = 2_000

/** Its counters were read before. @throws what an injection, a heal or the environment threw, or the signal's reason */
export async function runScenario(run: ScenarioRun): Promise<void> {
  const { record, environment, emit, startMs, signal } = run
  const nowMs = () => monotonicMs() - run.originMs
  const scenario = record.name
  try {
    emit({
      kind: 'scenario-started',
      src: 'runner',
      atMs: startMs - run.originMs,
      scenario,
      configChanges: environment.changes(scenario),
      environmentReadyMs: environment.readyMs,
    })
    await loadUnderFaults(run, nowMs)
    signal.throwIfAborted()
    await drain(run)
  } finally {
    run.loads.done()
  }
  await run.loads.over
  await until(monotonicMs() + run.calmMs, signal)
  signal.throwIfAborted()
  await environment.flushLogs()
  await run.loads.inTurn(() => environment.readCounters(scenario, 'after'))
  emit({ kind: 'scenario-ended', src: 'runner', atMs: nowMs(), scenario })
}

async function loadUnderFaults(run: ScenarioRun, nowMs: () => number): Promise<void> {
  const { record, environment, generator, startMs, emit, signal } = run
  const scenario = record.name
  const surface = environment.surface(scenario)
  const faults = runFaultSchedule({
    scenario: record,
    kinds: run.faultKinds,
    actOf: ({ inject }, fault) => inject && (() => inject(fault, fault.config, surface)),
    startMs,
    nowMs,
    emit,
    signal,
  })
  try {
    await Promise.all([...entriesOf(run).map((entry) => generator.run({ scenario, startMs, ...entry })), faults.done])
  } finally {
    await faults.close()
  }
}

/** The requests, told apart by the listener and the protocol that they enter by. */
function entriesOf({ record, environment, requests }: ScenarioRun) {
  const { listeners } = environment.place(record.name)
  const entryOf = (traffic: number) => {
    const { request, protocol } = record.traffic[traffic] ?? {}
    const listener = listeners.find(({ name }) => name === request?.listener) ?? listeners[0]
    const isHttp2 = request?.grpc !== undefined || protocol === 'HTTP/2'
    return { port: listener?.port ?? 0, protocol: isHttp2 ? 'http2' : 'http1' } as const
  }
  const groups = Map.groupBy(requests, ({ traffic }) => JSON.stringify(entryOf(traffic)))
  // A scenario that sends nothing still is a job.
  if (groups.size === 0) groups.set(JSON.stringify(entryOf(0)), [])
  return [...groups].map(([key, grouped]) => {
    const { port, protocol } = JSON.parse(key) as ReturnType<typeof entryOf>
    return { target: { address: '127.0.0.1', port }, protocol, requests: grouped }
  })
}

async function drain({ settling, nextEvent, signal }: ScenarioRun): Promise<void> {
  const deadlineMs = monotonicMs() + drainLimitMs
  while (settling.missing() !== undefined && !signal.aborted) {
    const leftMs = deadlineMs - monotonicMs()
    if (leftMs <= 0) return
    await nextEvent(leftMs)
  }
}
