// Records one run: prepared scenarios go through real parts, and everything that happens goes into a history that is closed
// however it ends. Who starts the parts and keeps them (shake.ts for one run, watch/ for many) is not its business.

import { join } from 'node:path'
import { measureWallOffset, monotonicMs } from '../core/clock.ts'
import { type End, type HistoryHeader, historyFormat, type NewEvent } from '../core/history.ts'
import { type HistoryWriter, openHistory } from '../core/history-file.ts'
import { packageVersion } from '../core/package-root.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { sha256Of } from '../environment/served-config.ts'
import { tickMs } from '../environment/tools/doctor.ts'
import { type EnvoyTool, ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { ensureLocalstack, type LocalstackTool } from '../environment/tools/localstack-tool.ts'
import { validateForeign } from '../environment/validate-foreign.ts'
import { liveProgress } from '../report/live-progress.ts'
import { runAll } from '../run/run.ts'
import type { Definitions } from './definitions.ts'
import type { Guard } from './guarded.ts'
import { registry } from './registry.ts'
import type { RunDirectory } from './run-directory.ts'
import { type MeshSupply, meshParts, type PreparedMeshes } from './shake-meshes.ts'
import { type PreparedPipelines, pipelineParts } from './shake-pipelines.ts'

/** What is to be run, ready to start. */
export interface PreparedRun {
  readonly records: readonly ScenarioRecord[]
  readonly meshes: PreparedMeshes
  readonly pipelines: PreparedPipelines
  readonly definitions: Definitions
  readonly seed: string
}

/** Only what the chosen scenarios need. */
export interface Tools {
  readonly envoy?: EnvoyTool
  readonly localstack?: LocalstackTool
}

/** Sees a run while it is going on, beside the history; must be quick and must not throw. */
export interface RunWatcher {
  /** `originMs`: event times count from here on the monotonic clock. */
  begin?(run: { readonly records: readonly ScenarioRecord[]; readonly seed: string; readonly originMs: number }): void
  event(event: NewEvent): void
}

export interface Recording extends PreparedRun {
  readonly guard: Guard
  readonly tools: Tools
  readonly clock: RunClock
  readonly startedAt: string
  readonly directory: RunDirectory
  readonly supply: MeshSupply
  readonly watchers: readonly RunWatcher[]
  readonly progress: (line: string) => void
}

/** @throws InputError when Envoy refuses a config that is the user's own */
export async function ensureTools(
  { meshes, pipelines }: PreparedRun,
  envoy: string | undefined,
  guard: Guard,
  progress: (line: string) => void,
): Promise<Tools> {
  const marked = { progress, guard: { signal: guard.signal, marker: guard.watchdog.marker } }
  const withS3 = [...meshes.values()].some(({ record }) => record.mesh.store === 's3')
  const tool = meshes.size === 0 ? undefined : await ensureEnvoy({ ...envoyChoice(envoy), ...marked })
  if (tool !== undefined) {
    const folder = guard.watchdog.runFolder.path
    await validateForeign([...meshes.values()], { envoyBinary: tool.path, folder, guard: marked.guard })
  }
  return {
    ...(tool === undefined ? {} : { envoy: tool }),
    ...(pipelines.size === 0 && !withS3 ? {} : { localstack: await ensureLocalstack(marked) }),
  }
}

/** A version picks another pinned Envoy; anything with a slash is a binary of the user's own. */
function envoyChoice(envoy: string | undefined): { version?: string; binary?: string } {
  if (envoy === undefined) return {}
  return envoy.includes('/') ? { binary: envoy } : { version: envoy }
}

export type RunClock = HistoryHeader['clock'] & { readonly originMs: number }

export async function readClock(): Promise<RunClock> {
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

/** Runs the scenarios and closes the history. What was recorded stays, however it ends. */
export async function recordRun(recording: Recording): Promise<void> {
  const { guard, directory, records, seed, clock, watchers, progress } = recording
  let reason: End['reason'] = 'failed'
  const told = tellProgress(records.length)
  let history: HistoryWriter | undefined
  try {
    const writer = openHistory(join(directory.path, 'history.ndjson'), headerOf(recording))
    history = writer
    for (const watcher of watchers) watcher.begin?.({ records, seed, originMs: clock.originMs })
    try {
      const outcome = await runAll({
        ...partsOf(recording),
        signal: guard.signal,
        append: (event) => {
          writer.append(event)
          for (const watcher of watchers) watcher.event(event)
        },
        hooks: told.hooks,
      })
      reason = outcome.interrupted ? 'interrupted' : 'complete'
    } finally {
      told.finish()
    }
  } finally {
    if (guard.signal.aborted) reason = 'interrupted'
    try {
      await history?.close(reason)
    } finally {
      await keepOrDiscard(directory, reason, told.seen(), progress)
    }
  }
}

function tellProgress(scenarios: number) {
  const live = liveProgress(process.stderr, { scenarios })
  let requests = 0
  let lines = 0
  return {
    seen: () => requests,
    finish: () => live.finish(),
    hooks: {
      scenarioStarted: ({ name }: ScenarioRecord) => live.scenarioStarted(name),
      scenarioFinished: ({ name }: ScenarioRecord) => live.scenarioFinished(name),
      event(event: NewEvent) {
        if (event.kind === 'line-delivered') lines += (event.last ?? event.line) - event.line + 1
        else if (event.kind === 'request-answered' || event.kind === 'object-put') requests++
        else return
        live.tick({ requests, lines })
      },
    },
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

function headerOf({ records, meshes, pipelines, seed, tools, clock, startedAt }: Recording): HistoryHeader {
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
    servedSha256: mapOf(meshes, ({ served, foreign }) => sha256Of(served, foreign?.listeners)),
    clock: recorded,
  }
}

/** The real parts that run/ puts into order. */
function partsOf({ meshes, pipelines, definitions, seed, guard, tools, clock, supply, progress }: Recording) {
  const { originMs, wallOffsetMs } = clock
  const common = { seed, guard, originMs, wallOffsetMs, progress, localstack: tools.localstack }
  return {
    faultKinds: registry.faults,
    originMs,
    ...meshParts({ ...common, prepared: meshes, definitions, envoyBinary: tools.envoy?.path ?? '', supply }),
    ...pipelineParts({ ...common, prepared: pipelines }),
  }
}

function mapOf<Item, Value>(
  prepared: ReadonlyMap<string, Item>,
  value: (item: Item) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries([...prepared].map(([name, item]) => [name, value(item)]))
}
