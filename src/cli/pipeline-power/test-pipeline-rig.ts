// For the power test: runs many small pipeline scenarios through the real thing, several stacks side by side in each of a few
// emulators, and leaves one history. It judges nothing.

import { join } from 'node:path'
import { isoNow, measureWallOffset, monotonicMs } from '../../core/clock.ts'
import type { FaultKind } from '../../core/fault.ts'
import { startHeartbeat } from '../../core/heartbeat.ts'
import { type HistoryHeader, historyFormat } from '../../core/history.ts'
import { type HistoryWriter, openHistory } from '../../core/history-file.ts'
import { packageVersion } from '../../core/package-root.ts'
import type { PipelineScenario } from '../../core/scenario-record.ts'
import { ensureLocalstack } from '../../environment/tools/localstack-tool.ts'
import { eventBus } from '../../run/event-bus.ts'
import { runPipeline } from '../../run/run-pipeline.ts'
import { type Guard, guarded } from '../guarded.ts'
import { type MutatePipeline, type PreparedPipelines, pipelineParts, preparePipelines } from '../shake-pipelines.ts'

export interface PipelineRig {
  readonly scenarios: readonly PipelineScenario[]
  readonly mutate: MutatePipeline
  readonly faultKinds: readonly FaultKind[]
  readonly seed: string
  /** Where the history is left. */
  readonly folder: string
  /** An emulator is one process with one lock, so a second one uses the second core. */
  readonly emulators: number
  readonly stacksAtOnce: number
  readonly finished?: (scenario: string, tookMs: number) => void
}

export interface RigOutcome {
  readonly history: string
  /** Scenario to what it threw. */
  readonly broken: ReadonlyMap<string, string>
}

export async function runPipelineRig(rig: PipelineRig): Promise<RigOutcome> {
  return guarded(async (guard) => {
    const tool = await ensureLocalstack({ guard: { signal: guard.signal, marker: guard.watchdog.marker } })
    const prepared = await preparePipelines(rig.scenarios, rig.mutate)
    const history = join(rig.folder, 'history.ndjson')
    const originMs = monotonicMs()
    const wallOffsetMs = measureWallOffset().offsetMs
    const writer = openHistory(history, headerOf(rig, prepared, wallOffsetMs, tool.version))
    try {
      const broken = await runAllIn({ rig, guard, prepared, tool, originMs, wallOffsetMs, writer })
      await writer.close('complete')
      return { history, broken }
    } catch (error) {
      await writer.close('failed')
      throw error
    }
  })
}

interface Running {
  readonly rig: PipelineRig
  readonly guard: Guard
  readonly prepared: PreparedPipelines
  readonly tool: Awaited<ReturnType<typeof ensureLocalstack>>
  readonly originMs: number
  readonly wallOffsetMs: number
  readonly writer: HistoryWriter
}

async function runAllIn(running: Running): Promise<ReadonlyMap<string, string>> {
  const { rig, guard, prepared, tool, originMs, wallOffsetMs, writer } = running
  const bus = eventBus((event) => writer.append(event))
  const { seed, faultKinds } = rig
  const parts = pipelineParts({ prepared, faultKinds, seed, guard, localstack: tool, originMs, wallOffsetMs })
  const broken = new Map<string, string>()
  const stopHeartbeat = startHeartbeat((atMs, lateMs) =>
    bus.emit({ kind: 'heartbeat', src: 'runner', atMs: atMs - originMs, scenario: '', lateMs }),
  )
  const runIn = async (members: readonly PipelineScenario[], index: number) => {
    const environment = await parts.startPipelines(members, `-power-${index + 1}`, bus.emit)
    const { signal } = guard
    const run = async (record: PipelineScenario) => {
      const startedMs = monotonicMs()
      try {
        const { emit, nextEvent } = bus
        await runPipeline({ record, environment, faultKinds, originMs, emit, nextEvent, signal })
      } catch (error) {
        signal.throwIfAborted()
        broken.set(record.name, String(error))
      }
      rig.finished?.(record.name, monotonicMs() - startedMs)
    }
    try {
      await sideBySide(members, rig.stacksAtOnce, run)
    } finally {
      await environment.stop()
    }
  }
  try {
    const shares = Array.from({ length: rig.emulators }, (_, share) =>
      rig.scenarios.filter((_scenario, index) => index % rig.emulators === share),
    )
    await Promise.all(shares.filter(({ length }) => length > 0).map(runIn))
    return broken
  } finally {
    stopHeartbeat()
  }
}

async function sideBySide<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function headerOf(
  { scenarios, seed }: PipelineRig,
  prepared: PreparedPipelines,
  wallOffsetMs: number,
  localstack: string,
): HistoryHeader {
  return {
    format: historyFormat,
    versions: { shaketable: packageVersion(), envoy: 'none', node: process.versions.node, localstack },
    seed,
    startedAt: isoNow(),
    scenarios,
    declaredPolicy: Object.fromEntries(
      [...prepared].map(([name, { declared }]): [string, unknown] => [name, declared]),
    ),
    servedSha256: {},
    clock: { source: 'CLOCK_MONOTONIC', wallOffsetMs, wallOffsetErrorMs: 0, tickMs: 4 },
  }
}
