// One configuration of the benchmark of pipelines: a fresh emulator, the reference pipeline in it, a load in steps, and the
// judge's word that nothing was lost. Figures come from the history alone, but for what the emulator's process has cost.

import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { objectTimes } from '../src/checks/pipeline/object-times.ts'
import type { Guard } from '../src/cli/guarded.ts'
import { registry } from '../src/cli/registry.ts'
import { pipelineParts, preparePipelines } from '../src/cli/shake-pipelines.ts'
import { isoNow, measureWallOffset, monotonicMs } from '../src/core/clock.ts'
import { startHeartbeat } from '../src/core/heartbeat.ts'
import { type HistoryHeader, historyFormat, type LaneName, type NewEvent } from '../src/core/history.ts'
import { openHistory } from '../src/core/history-file.ts'
import { packageRoot, packageVersion } from '../src/core/package-root.ts'
import type { ObjectsRecord, PipelineScenario } from '../src/core/scenario-record.ts'
import type { Verdict } from '../src/core/verdict.ts'
import type { PreparedPipeline } from '../src/environment/pipeline/deployed-pipeline.ts'
import type { LocalstackTool } from '../src/environment/tools/localstack-tool.ts'
import type { LaneConfig } from '../src/pipeline/config.ts'
import { eventBus } from '../src/run/event-bus.ts'
import { judgeHistory } from '../src/run/judge.ts'
import { runPipeline } from '../src/run/run-pipeline.ts'
import {
  type Cost,
  costOf,
  type Passage,
  type ShardFlow,
  type Step,
  type StepFigures,
  shardFlows,
  stepFigures,
  type Usage,
  usageOf,
} from './bench-figures.ts'

export interface Configuration {
  readonly name: string
  readonly shards: number
  readonly lanes: Readonly<Record<LaneName, LaneConfig>>
  readonly objects: readonly ObjectsRecord[]
  readonly steps: readonly Step[]
}

export interface Measured {
  readonly configuration: Configuration
  /** Of nothing-lost. */
  readonly verdict: Verdict
  readonly summary: string
  readonly steps: readonly StepFigures[]
  readonly flows: readonly ShardFlow[]
  readonly objects: number
  readonly lines: number
  /** From the first put to the last line. */
  readonly tookSeconds: number
  readonly cost: Cost | undefined
}

export interface Bench {
  readonly guard: Guard
  readonly tool: LocalstackTool
  readonly seed: string
}

const settleMs = 90_000

/** @throws EnvironmentError, or the signal's reason */
export async function measurePipeline(configuration: Configuration, bench: Bench): Promise<Measured> {
  const record = scenarioOf(configuration)
  const history = join(bench.guard.watchdog.runFolder.path, `${configuration.name}.ndjson`)
  const usage = await runOnce(record, configuration, history, bench)
  const times = objectTimes()
  const flows = shardFlows()
  let startedMs = 0
  const judgement = await judgeHistory(history, registry.checks, {
    observe(event) {
      if (event.kind === 'scenario-started') startedMs = event.atMs
      times.observe(event)
      flows.observe(event)
    },
  })
  const expectations = judgement.scenarios.flatMap(({ expectations }) => expectations)
  if (judgement.verdict !== 'pass') keep(history, configuration.name)
  const all = times.all()
  const passages = all.map(({ lane, putMs, doneMs }): Passage => {
    return { lane, putMs: putMs - startedMs, ...(doneMs === undefined ? {} : { doneMs: doneMs - startedMs }) }
  })
  const tookMs =
    Math.max(0, ...passages.map(({ doneMs = 0 }) => doneMs)) - Math.min(...passages.map((one) => one.putMs))
  return {
    configuration,
    verdict: judgement.verdict,
    summary: [...judgement.problems, ...expectations.map(({ summary }) => summary)].join('; '),
    steps: configuration.steps.map((step) => stepFigures(step, passages)),
    flows: (['fast', 'slow'] as const).flatMap((lane) => flows.of(lane, configuration.lanes[lane]) ?? []),
    objects: all.length,
    lines: all.reduce((total, { lines }) => total + lines, 0),
    tookSeconds: tookMs / 1000,
    cost: costOf(usage.before, usage.after, all.length),
  }
}

/** A history that is no pass is worth a look, and the run's folder is about to go. */
function keep(history: string, name: string): void {
  mkdirSync('reports', { recursive: true })
  copyFileSync(history, join('reports', `bench-pipeline-${name}.ndjson`))
}

interface Usages {
  readonly before: Usage | undefined
  readonly after: Usage | undefined
}

async function runOnce(
  record: PipelineScenario,
  { lanes }: Configuration,
  history: string,
  { guard, tool, seed }: Bench,
): Promise<Usages> {
  const prepared = await preparePipelines([record], (one: PreparedPipeline) => ({
    ...one,
    config: { ...one.config, lanes },
    declared: { ...one.declared, lanes },
  }))
  const originMs = monotonicMs()
  const wall = measureWallOffset()
  const writer = openHistory(history, headerOf(record, prepared.get(record.name), wall, seed, tool.version))
  const usage = emulatorUsage()
  const { emit, nextEvent } = eventBus((event) => writer.append(event), usage.observe)
  const stopHeartbeat = startHeartbeat((atMs, lateMs) =>
    emit({ kind: 'heartbeat', src: 'runner', atMs: atMs - originMs, scenario: '', lateMs }),
  )
  let complete = false
  try {
    const clock = { originMs, wallOffsetMs: wall.offsetMs }
    const { startPipelines } = pipelineParts({ prepared, seed, guard, localstack: tool, ...clock })
    const environment = await startPipelines([record], `-${record.name}`, emit)
    try {
      const { signal } = guard
      await runPipeline({ record, environment, faultKinds: registry.faults, originMs, emit, nextEvent, signal })
    } finally {
      await environment.stop()
    }
    complete = true
  } finally {
    stopHeartbeat()
    await writer.close(complete ? 'complete' : 'failed')
  }
  return usage.read()
}

/** Reads what the emulator has cost when the load begins, and when all of it is through. */
function emulatorUsage() {
  let pid = 0
  let before: Usage | undefined
  let after: Usage | undefined
  return {
    observe(event: NewEvent): void {
      if (event.kind === 'process-started' && event.process === 'localstack') pid = event.pid
      else if (event.kind === 'scenario-started') before = usageOf(pid)
      else if (event.kind === 'scenario-ended') after = usageOf(pid)
    },
    read: (): Usages => ({ before, after }),
  }
}

function scenarioOf({ name, shards, objects }: Configuration): PipelineScenario {
  return {
    name,
    about: 'A configuration of the benchmark.',
    file: '(bench)',
    durationMs: Math.max(...objects.map(({ untilMs }) => untilMs)),
    faults: [],
    expect: [{ check: 'nothing-lost', config: {} }],
    isolated: true,
    pipeline: {
      config: join(packageRoot(), 'fixtures', 'pipeline', 'config.yml'),
      shards,
      objects,
      operations: [],
      sink: { serviceTimeMs: 0 },
      fanOut: false,
      settleMs,
      asyncRetryMs: [300, 600],
    },
  }
}

function headerOf(
  record: PipelineScenario,
  prepared: PreparedPipeline | undefined,
  wall: { readonly offsetMs: number; readonly errorMs: number },
  seed: string,
  localstack: string,
): HistoryHeader {
  return {
    format: historyFormat,
    versions: { shaketable: packageVersion(), envoy: 'none', node: process.versions.node, localstack },
    seed,
    startedAt: isoNow(),
    scenarios: [record],
    declaredPolicy: { [record.name]: prepared?.declared },
    servedSha256: {},
    clock: {
      source: 'CLOCK_MONOTONIC',
      wallOffsetMs: wall.offsetMs,
      wallOffsetErrorMs: wall.errorMs,
      // Of Envoy's timers, which take no part.
      tickMs: 4,
    },
  }
}
