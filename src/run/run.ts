// A whole run: first meshes, then pipelines, one history. It knows the order of things and heals and stops in every case;
// what the parts are, cli/ decides.
//
//   generator, warm environment ─► batch ─► batch ─► ... ─► stop ─► emulator ─► pipeline ─► pipeline ─► ... ─► stop
//                                   └─ isolated scenarios: an environment of their own for the batch

import type { FaultKind } from '../core/fault.ts'
import { startHeartbeat } from '../core/heartbeat.ts'
import type { NewEvent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import type { MeshScenario, PipelineScenario } from '../core/scenario-record.ts'
import { stopAll } from '../core/stop-all.ts'
import { type EventBus, eventBus } from './event-bus.ts'
import type { PipelineEnvironment, RunEnvironment, RunGenerator, RunHooks } from './parts.ts'
import { runBatch } from './run-batch.ts'
import { runPipelines } from './run-pipelines.ts'

export interface RunOptions {
  /** Batches in order; the scenarios of a batch run side by side. */
  readonly batches: readonly (readonly MeshScenario[])[]
  readonly faultKinds: readonly FaultKind[]
  readonly originMs: number
  /**
   * One environment for all these scenarios. `suffix` is empty for the warm one. It should reject soon after `signal`
   * was aborted, with nothing of it left.
   */
  readonly startEnvironment: (
    scenarios: readonly MeshScenario[],
    suffix: string,
    emit: (event: NewEvent) => void,
  ) => Promise<RunEnvironment>
  readonly startGenerator: (onEvents: (events: readonly NewEvent[]) => void) => Promise<RunGenerator>
  /** One after the other, after all batches. */
  readonly pipelines: readonly PipelineScenario[]
  /** One emulator for all these scenarios; like `startEnvironment`. */
  readonly startPipelines: (
    scenarios: readonly PipelineScenario[],
    suffix: string,
    emit: (event: NewEvent) => void,
  ) => Promise<PipelineEnvironment>
  readonly planRequests: (scenario: MeshScenario, clusters: readonly string[]) => readonly PlannedRequest[]
  readonly append: (event: NewEvent) => void
  readonly hooks: RunHooks
  /** Its abort ends the run at once: faults are healed, everything is stopped, and the outcome is `interrupted`. */
  readonly signal: AbortSignal
}

export interface RunOutcome {
  /** Not every batch was run to its end. */
  readonly interrupted: boolean
}

export async function runAll(options: RunOptions): Promise<RunOutcome> {
  const { signal } = options
  const bus = eventBus(options.append, options.hooks.event)
  const stopHeartbeat = startHeartbeat((atMs, lateMs) =>
    bus.emit({ kind: 'heartbeat', src: 'runner', atMs: atMs - options.originMs, scenario: '', lateMs }),
  )
  try {
    signal.throwIfAborted()
    if (options.batches.length > 0) await runBatches(options, bus)
    if (options.pipelines.length > 0) await runPipelines(options, bus)
    return { interrupted: false }
  } catch (error) {
    // Whatever breaks while everything is being ended is a consequence of that.
    if (!signal.aborted) throw error
    return { interrupted: true }
  } finally {
    stopHeartbeat()
  }
}

async function runBatches(options: RunOptions, bus: EventBus): Promise<void> {
  const { batches, hooks, signal } = options
  const started: Started = {}
  const interrupt = () => void started.generator?.stop().catch(() => {})
  signal.addEventListener('abort', interrupt)
  try {
    const { generator, warm } = await startParts(options, bus, started)
    for (const [index, batch] of batches.entries()) {
      hooks.batchStarting?.(batch, index, batches.length)
      await runBatch(batch, { options, bus, warm, generator })
      signal.throwIfAborted()
    }
  } finally {
    signal.removeEventListener('abort', interrupt)
    await stopAll([started.generator, started.warm].flatMap((part) => (part === undefined ? [] : [() => part.stop()])))
  }
}

/** Filled as things start, so that a start that fails midway can be stopped. */
interface Started {
  generator?: RunGenerator
  warm?: RunEnvironment
}

async function startParts(
  options: RunOptions,
  bus: EventBus,
  started: Started,
): Promise<{ readonly generator: RunGenerator; readonly warm: RunEnvironment | undefined }> {
  const shared = options.batches.flat().filter((scenario) => !scenario.isolated)
  const startGenerator = async () => {
    const generator = await options.startGenerator((events) => events.forEach(bus.emit))
    started.generator = generator
    options.signal.throwIfAborted()
    await generator.warmUp()
    return generator
  }
  const startWarm = async () => {
    if (shared.length > 0) started.warm = await options.startEnvironment(shared, '', bus.emit)
  }
  // Both to their ends, also when one fails: what has started must be known to be stopped.
  const [generator, warm] = await Promise.allSettled([startGenerator(), startWarm()])
  if (warm.status === 'rejected') throw warm.reason
  if (generator.status === 'rejected') throw generator.reason
  options.signal.throwIfAborted()
  return { generator: generator.value, warm: started.warm }
}
