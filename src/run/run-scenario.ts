// One scenario in a running environment: load under faults, heal, drain, counters. Everything that happens goes into the
// history through `emit`; nothing is judged here.

import { monotonicMs } from '../core/clock.ts'
import type { FaultKind } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
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
  await environment.flushLogs()
  await environment.readCounters(scenario, 'after')
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
  const { egressPort: port } = environment.place(scenario)
  try {
    await Promise.all([
      generator.run({ scenario, target: { address: '127.0.0.1', port }, startMs, requests: run.requests }),
      faults.done,
    ])
  } finally {
    await faults.close()
  }
}

async function drain({ settling, nextEvent, signal }: ScenarioRun): Promise<void> {
  const deadlineMs = monotonicMs() + drainLimitMs
  while (settling.missing() !== undefined && !signal.aborted) {
    const leftMs = deadlineMs - monotonicMs()
    if (leftMs <= 0) return
    await nextEvent(leftMs)
  }
}
