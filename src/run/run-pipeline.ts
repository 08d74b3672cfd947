// One pipeline scenario in a running emulator: objects under faults, operations in time, then what waits for everything to
// be settled. Everything that happens goes into the history through `emit`; nothing is judged here.

import { monotonicMs } from '../core/clock.ts'
import type { FaultKind } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { OperationRecord, PipelineScenario } from '../core/scenario-record.ts'
import { until } from '../core/until.ts'
import { runFaultSchedule } from './fault-schedule.ts'
import type { DeployedPipeline, PipelineEnvironment } from './parts.ts'

export interface PipelineRun {
  readonly record: PipelineScenario
  readonly environment: PipelineEnvironment
  readonly faultKinds: readonly FaultKind[]
  readonly originMs: number
  readonly emit: (event: NewEvent) => void
  /** Resolves with the next event of any kind. */
  readonly nextEvent: (limitMs: number) => Promise<void>
  readonly signal: AbortSignal
}

/** From the last preparation to the first object. */
const leadMs = 50

/**
 * @throws what an injection, a heal, an operation or the environment threw, or the reason of the signal or of the
 * environment's loss
 */
export function runPipeline(run: PipelineRun): Promise<void> {
  return runUntilEnd({ ...run, signal: AbortSignal.any([run.signal, run.environment.lost]) })
}

async function runUntilEnd(run: PipelineRun): Promise<void> {
  const { record, environment, originMs, emit, signal } = run
  const scenario = record.name
  const pipeline = await environment.deploy(record)
  const ending = new AbortController()
  try {
    signal.throwIfAborted()
    const startMs = monotonicMs() + leadMs
    pipeline.begin(startMs)
    const started = { src: 'runner', atMs: startMs - originMs, scenario, configChanges: pipeline.changes }
    emit({ kind: 'scenario-started', ...started, environmentReadyMs: environment.readyMs })
    const untilEnd = AbortSignal.any([signal, ending.signal])
    const controllers: Promise<void>[] = []
    await loadUnderFaults(run, pipeline, startMs, (operation) => {
      const done = pipeline.operate(operation, untilEnd)
      if (operation.kind !== 'control') return done
      // It goes on until the end; a failure of it is told there.
      done.catch(() => {})
      controllers.push(done)
      return Promise.resolve()
    })
    const unsettled = await settleAndOperate(run, pipeline)
    ending.abort()
    await Promise.all(controllers)
    await pipeline.look()
    signal.throwIfAborted()
    const ended = { src: 'runner', atMs: monotonicMs() - originMs, scenario }
    emit({ kind: 'scenario-ended', ...ended, ...(unsettled === undefined ? {} : { unsettled }) })
  } catch (error) {
    ending.abort()
    // What went wrong first is what to tell.
    await pipeline.remove().catch(() => {})
    throw error
  }
  await pipeline.remove()
}

async function loadUnderFaults(
  { record, faultKinds, originMs, emit, signal }: PipelineRun,
  pipeline: DeployedPipeline,
  startMs: number,
  operate: (operation: OperationRecord) => Promise<void>,
): Promise<void> {
  const faults = runFaultSchedule({
    scenario: record,
    kinds: faultKinds,
    actOf: ({ injectPipeline }, fault) =>
      injectPipeline && (() => injectPipeline(fault, fault.config, pipeline.surface)),
    startMs,
    nowMs: () => monotonicMs() - originMs,
    emit,
    signal,
  })
  try {
    await Promise.all([pipeline.load(startMs, signal), operateInTime(record, startMs, operate, signal), faults.done])
  } finally {
    await faults.close()
  }
}

async function operateInTime(
  { pipeline: { operations } }: PipelineScenario,
  startMs: number,
  operate: (operation: OperationRecord) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (const operation of operations) {
    if (operation.when === 'settled') return
    if (!(await until(startMs + operation.when, signal))) return
    await operate(operation)
  }
}

/** What was still under way at the last deadline, if anything. */
async function settleAndOperate(run: PipelineRun, pipeline: DeployedPipeline): Promise<string | undefined> {
  const { record, signal } = run
  let unsettled = await settle(run, pipeline)
  for (const operation of record.pipeline.operations) {
    if (operation.when !== 'settled') continue
    signal.throwIfAborted()
    // What is parked now must be known before it is drained.
    await pipeline.look()
    await pipeline.operate(operation, signal)
    unsettled = await settle(run, pipeline)
  }
  return unsettled
}

async function settle(
  { record, nextEvent, signal }: PipelineRun,
  pipeline: DeployedPipeline,
): Promise<string | undefined> {
  const deadlineMs = monotonicMs() + record.pipeline.settleMs
  for (;;) {
    signal.throwIfAborted()
    const missing = pipeline.missing()
    const leftMs = deadlineMs - monotonicMs()
    if (missing === undefined || leftMs <= 0) return missing
    await nextEvent(leftMs)
  }
}
