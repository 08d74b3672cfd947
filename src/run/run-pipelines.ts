// All pipelines of a run, one after the other: those that run by the same clock share one warm emulator, each with a stack of
// its own; those that must be alone get an emulator of their own.

import type { PipelineScenario } from '../core/scenario-record.ts'
import type { EventBus } from './event-bus.ts'
import type { PipelineEnvironment } from './parts.ts'
import type { RunOptions } from './run.ts'
import { runPipeline } from './run-pipeline.ts'

export async function runPipelines(options: RunOptions, bus: EventBus): Promise<void> {
  const shared = options.pipelines.filter(({ isolated }) => !isolated)
  // An emulator has one clock for the retries of all its functions.
  const byClock = Map.groupBy(shared, ({ pipeline }) => pipeline.asyncRetryMs.join())
  for (const [index, scenarios] of [...byClock.values()].entries()) {
    await runTogether(scenarios, index === 0 ? '-pipelines' : `-pipelines-${index + 1}`, options, bus)
  }
  for (const [index, scenario] of options.pipelines.entries()) {
    if (scenario.isolated) await runTogether([scenario], `-pipeline-${index + 1}`, options, bus)
  }
}

async function runTogether(
  scenarios: readonly PipelineScenario[],
  suffix: string,
  options: RunOptions,
  bus: EventBus,
): Promise<void> {
  const { signal } = options
  signal.throwIfAborted()
  const environment = await options.startPipelines(scenarios, suffix, bus.emit)
  try {
    for (const record of scenarios) await runOne(record, environment, options, bus)
  } finally {
    await environment.stop()
  }
}

async function runOne(
  record: PipelineScenario,
  environment: PipelineEnvironment,
  { faultKinds, originMs, hooks, signal }: RunOptions,
  { emit, nextEvent }: EventBus,
): Promise<void> {
  signal.throwIfAborted()
  hooks.scenarioStarted?.(record)
  await runPipeline({ record, environment, faultKinds, originMs, emit, nextEvent, signal })
  hooks.scenarioFinished?.(record)
}
