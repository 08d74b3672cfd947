// Shakes: from scenario paths to a closed history in a run folder. Everything that this starts is ended here, in every
// case; a watchdog covers the cases in which this process cannot. What meshes and pipelines need is in files of their own.

import { join } from 'node:path'
import { isoNow, measureWallOffset, monotonicMs } from '../core/clock.ts'
import { type End, type HistoryHeader, historyFormat } from '../core/history.ts'
import { type HistoryWriter, openHistory } from '../core/history-file.ts'
import { packageVersion } from '../core/package-root.ts'
import { isMesh, isPipeline, type ScenarioRecord } from '../core/scenario-record.ts'
import { sha256Of } from '../environment/served-config.ts'
import { tickMs } from '../environment/tools/doctor.ts'
import { type EnvoyTool, ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { ensureLocalstack, type LocalstackTool } from '../environment/tools/localstack-tool.ts'
import { liveProgress } from '../report/live-progress.ts'
import { type LiveMetrics, liveMetrics } from '../report/metrics-live.ts'
import { serveMetrics } from '../report/metrics-server.ts'
import { runAll } from '../run/run.ts'
import { type Definitions, openDefinitions } from './definitions.ts'
import { type Guard, guarded } from './guarded.ts'
import { registry } from './registry.ts'
import type { RunCommandOptions } from './run.ts'
import { createRunDirectory, type RunDirectory } from './run-directory.ts'
import { selectScenarios } from './select-scenarios.ts'
import { type MutateServed, meshParts, type PreparedMeshes, prepareMeshes } from './shake-meshes.ts'
import { type MutatePipeline, type PreparedPipelines, pipelineParts, preparePipelines } from './shake-pipelines.ts'

export interface ShakeOutcome {
  readonly runFolder: string
  /** Points `latest` at this run; called when its reports are written. */
  publish(): Promise<void>
}

export interface ShakeOptions extends Pick<RunCommandOptions, 'envoy' | 'grep' | 'dir' | 'metrics' | 'shard'> {
  /** For tests of the oracle: changes what a scenario is served, never what it is held to. */
  readonly mutateServed?: MutateServed
  readonly mutatePipeline?: MutatePipeline
}

export async function shake(paths: readonly string[], seed: string, options: ShakeOptions): Promise<ShakeOutcome> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const definitions = openDefinitions(process.cwd(), progress)
  const records = await selectScenarios(paths, definitions, options)
  const meshes = await prepareMeshes(records.filter(isMesh), definitions, options.mutateServed)
  const pipelines = await preparePipelines(records.filter(isPipeline), options.mutatePipeline)
  return shakePrepared({ records, meshes, pipelines, definitions, seed, options, progress })
}

interface Shake {
  readonly records: readonly ScenarioRecord[]
  readonly meshes: PreparedMeshes
  readonly pipelines: PreparedPipelines
  readonly definitions: Definitions
  readonly seed: string
  readonly options: ShakeOptions
  readonly progress: (line: string) => void
}

async function shakePrepared(shaking: Shake): Promise<ShakeOutcome> {
  const { seed, options, progress } = shaking
  progress(`seed ${seed}: arrivals, payloads and planned faults come from it; Envoy's own jitter and balancing do not`)
  return guarded(async (guard) => {
    await using closing = new AsyncDisposableStack()
    const metrics = liveMetrics()
    if (options.metrics !== undefined) {
      const server = closing.use(await serveMetrics(metrics.registry, options.metrics))
      progress(`metrics ${server.url}`)
    }
    const tools = await ensureTools(shaking, guard)
    const clock = await readClock()
    const startedAt = isoNow()
    const directory = await createRunDirectory(options.dir, startedAt, seed)
    await record({ shaking, guard, metrics, tools, clock, startedAt, directory })
    return { runFolder: directory.path, publish: directory.publish }
  })
}

/** Only what the chosen scenarios need. */
interface Tools {
  readonly envoy?: EnvoyTool
  readonly localstack?: LocalstackTool
}

async function ensureTools({ meshes, pipelines, options, progress }: Shake, guard: Guard): Promise<Tools> {
  const marked = { progress, guard: { signal: guard.signal, marker: guard.watchdog.marker } }
  const withS3 = [...meshes.values()].some(({ record }) => record.mesh.store === 's3')
  return {
    ...(meshes.size === 0 ? {} : { envoy: await ensureEnvoy({ ...envoyChoice(options.envoy), ...marked }) }),
    ...(pipelines.size === 0 && !withS3 ? {} : { localstack: await ensureLocalstack(marked) }),
  }
}

interface Recording {
  readonly shaking: Shake
  readonly guard: Guard
  readonly metrics: LiveMetrics
  readonly tools: Tools
  readonly clock: RunClock
  readonly startedAt: string
  readonly directory: RunDirectory
}

/** Runs the scenarios and closes the history. What was recorded stays, however it ends. */
async function record(recording: Recording): Promise<void> {
  const { guard, metrics, directory } = recording
  const { records, progress } = recording.shaking
  let reason: End['reason'] = 'failed'
  let seen = 0
  let lines = 0
  let history: HistoryWriter | undefined
  try {
    const writer = openHistory(join(directory.path, 'history.ndjson'), headerOf(recording))
    history = writer
    const live = liveProgress(process.stderr, { scenarios: records.length })
    try {
      const outcome = await runAll({
        ...partsOf(recording),
        signal: guard.signal,
        append: (event) => {
          writer.append(event)
          metrics.update(event)
        },
        hooks: {
          scenarioStarted: ({ name }) => live.scenarioStarted(name),
          scenarioFinished: ({ name }) => live.scenarioFinished(name),
          event: (event) => {
            if (event.kind === 'line-delivered') lines += (event.last ?? event.line) - event.line + 1
            else if (event.kind === 'request-answered' || event.kind === 'object-put') seen++
            else return
            live.tick({ requests: seen, lines })
          },
        },
      })
      reason = outcome.interrupted ? 'interrupted' : 'complete'
    } finally {
      live.finish()
    }
  } finally {
    if (guard.signal.aborted) reason = 'interrupted'
    try {
      await history?.close(reason)
    } finally {
      await keepOrDiscard(directory, reason, seen, progress)
    }
  }
}

async function keepOrDiscard(
  directory: RunDirectory,
  reason: End['reason'],
  seen: number,
  progress: (line: string) => void,
): Promise<void> {
  if (reason === 'complete') return
  if (seen > 0) return progress(`${reason}: what was recorded until then is in ${directory.path}`)
  await directory.discard()
  if (reason === 'interrupted') progress('interrupted before any request was answered or object put: nothing is kept')
}

type RunClock = HistoryHeader['clock'] & { readonly originMs: number }

async function readClock(): Promise<RunClock> {
  const tick = await tickMs()
  const wall = measureWallOffset()
  return {
    originMs: monotonicMs(),
    source: 'CLOCK_MONOTONIC',
    wallOffsetMs: wall.offsetMs,
    wallOffsetErrorMs: wall.errorMs,
    tickMs: tick,
  }
}

function headerOf({ shaking, tools, clock, startedAt }: Recording): HistoryHeader {
  const { records, meshes, pipelines, seed } = shaking
  const { originMs: _, ...recorded } = clock
  const { envoy, localstack } = tools
  return {
    format: historyFormat,
    versions: {
      shaketable: packageVersion(),
      envoy: envoy?.version ?? 'none',
      node: process.versions.node,
      ...(localstack === undefined ? {} : { localstack: localstack.version }),
    },
    seed,
    startedAt,
    scenarios: records,
    declaredPolicy: {
      ...mapOf(meshes, ({ declared }): unknown => declared),
      ...mapOf(pipelines, ({ declared }): unknown => declared),
    },
    servedSha256: mapOf(meshes, ({ served }) => sha256Of(served)),
    clock: recorded,
  }
}

/** The real parts that run/ puts into order. */
function partsOf({ shaking, guard, tools, clock }: Recording) {
  const { meshes, pipelines, definitions, seed, progress } = shaking
  const { originMs, wallOffsetMs } = clock
  const common = { seed, guard, originMs, wallOffsetMs, progress }
  return {
    faultKinds: registry.faults,
    originMs,
    ...meshParts({
      ...common,
      prepared: meshes,
      definitions,
      envoyBinary: tools.envoy?.path ?? '',
      localstack: tools.localstack,
    }),
    ...pipelineParts({ ...common, prepared: pipelines, localstack: tools.localstack }),
  }
}

function mapOf<Item, Value>(
  prepared: ReadonlyMap<string, Item>,
  value: (item: Item) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries([...prepared].map(([name, item]) => [name, value(item)]))
}

/** A version picks another pinned Envoy; anything with a slash is a binary of the user's own. */
function envoyChoice(envoy: string | undefined): { version?: string; binary?: string } {
  if (envoy === undefined) return {}
  return envoy.includes('/') ? { binary: envoy } : { version: envoy }
}
