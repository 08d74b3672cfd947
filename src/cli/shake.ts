// Shakes: from scenario paths to a closed history in a run folder. Everything that this starts is ended here, in every
// case; a watchdog covers the cases in which this process cannot.

import { join } from 'node:path'
import { isoNow, measureWallOffset, monotonicMs } from '../core/clock.ts'
import { type End, type HistoryHeader, historyFormat } from '../core/history.ts'
import { type HistoryWriter, openHistory } from '../core/history-file.ts'
import { packageVersion } from '../core/package-root.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { type PreparedScenario, startMeshEnvironment } from '../environment/mesh-environment.ts'
import { sha256Of } from '../environment/served-config.ts'
import { tickMs } from '../environment/tools/doctor.ts'
import { type EnvoyTool, ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { planArrivals } from '../load/arrivals.ts'
import { startGenerator } from '../load/generator.ts'
import type { XdsResources } from '../mesh/compile.ts'
import { type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'
import { liveProgress } from '../report/live-progress.ts'
import { type LiveMetrics, liveMetrics } from '../report/metrics-live.ts'
import { serveMetrics } from '../report/metrics-server.ts'
import { type RunOptions, runAll } from '../run/run.ts'
import { planHeaders, requestIdHeader } from '../scenario/headers.ts'
import { packScenarios } from '../scenario/pack.ts'
import { planRequests } from '../scenario/plan.ts'
import { faultKindOf } from '../scenario/registry.ts'
import { type Definitions, openDefinitions } from './definitions.ts'
import { type Guard, guarded } from './guarded.ts'
import { registry } from './registry.ts'
import type { RunCommandOptions } from './run.ts'
import { createRunDirectory, type RunDirectory } from './run-directory.ts'
import { selectScenarios } from './select-scenarios.ts'
import { worstAttempts } from './worst-attempts.ts'

/** What this kind of machine carries honestly through both HTTP hops. */
const attemptsPerSecondMax = 500

export interface ShakeOutcome {
  readonly runFolder: string
  /** Points `latest` at this run; called when its reports are written. */
  publish(): Promise<void>
}

export interface ShakeOptions extends Pick<RunCommandOptions, 'envoy' | 'grep' | 'dir' | 'metrics' | 'shard'> {
  /** For tests of the oracle: changes what a scenario is served, never what it is held to. */
  readonly mutateServed?: (scenario: string, served: XdsResources) => XdsResources
}

export async function shake(paths: readonly string[], seed: string, options: ShakeOptions): Promise<ShakeOutcome> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const definitions = openDefinitions(process.cwd(), progress)
  const records = await selectScenarios(paths, definitions, options)
  const prepared = await prepare(records, definitions, options.mutateServed)
  return shakePrepared({ records, prepared, definitions, seed, options, progress })
}

interface Shake {
  readonly records: readonly ScenarioRecord[]
  readonly prepared: ReadonlyMap<string, PreparedScenario>
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
    const marked = { signal: guard.signal, marker: guard.watchdog.marker }
    const envoy = await ensureEnvoy({ ...envoyChoice(options.envoy), progress, guard: marked })
    const clock = await readClock()
    const startedAt = isoNow()
    const directory = await createRunDirectory(options.dir, startedAt, seed)
    await record({ shaking, guard, metrics, envoy, clock, startedAt, directory })
    return { runFolder: directory.path, publish: directory.publish }
  })
}

interface Recording {
  readonly shaking: Shake
  readonly guard: Guard
  readonly metrics: LiveMetrics
  readonly envoy: EnvoyTool
  readonly clock: RunClock
  readonly startedAt: string
  readonly directory: RunDirectory
}

/** Runs the scenarios and closes the history. What was recorded stays, however it ends. */
async function record(recording: Recording): Promise<void> {
  const { guard, metrics, directory } = recording
  const { records, progress } = recording.shaking
  let reason: End['reason'] = 'failed'
  let requests = 0
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
          event: ({ kind }) => {
            if (kind === 'request-answered') live.tick({ requests: ++requests })
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
      await keepOrDiscard(directory, reason, requests, progress)
    }
  }
}

async function keepOrDiscard(
  directory: RunDirectory,
  reason: End['reason'],
  requests: number,
  progress: (line: string) => void,
): Promise<void> {
  if (reason === 'complete') return
  if (requests > 0) return progress(`${reason}: what was recorded until then is in ${directory.path}`)
  await directory.discard()
  if (reason === 'interrupted') progress('interrupted before any request was answered: nothing is kept')
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

function headerOf({ shaking, envoy, clock, startedAt }: Recording): HistoryHeader {
  const { records, prepared, seed } = shaking
  const { originMs: _, ...recorded } = clock
  return {
    format: historyFormat,
    versions: { shaketable: packageVersion(), envoy: envoy.version, node: process.versions.node },
    seed,
    startedAt,
    scenarios: records,
    declaredPolicy: mapOf(prepared, (scenario) => scenario.declared),
    servedSha256: mapOf(prepared, (scenario) => sha256Of(scenario.served)),
    clock: recorded,
  }
}

/** The real parts that run/ puts into order. */
function partsOf({ shaking, guard, envoy, clock }: Recording): Omit<RunOptions, 'signal' | 'append' | 'hooks'> {
  const { records, prepared, seed, progress } = shaking
  const { watchdog } = guard
  const { originMs, wallOffsetMs } = clock
  const batches = packScenarios(records, {
    attemptsPerSecondMax,
    worstAttempts: (scenario) => worstAttempts(scenario, policyOf(prepared, scenario)),
  })
  for (const warning of batches.flatMap((batch) => batch.warnings)) progress(`warning: ${warning}`)
  return {
    batches: batches.map((batch) => batch.scenarios),
    faultKinds: registry.faults,
    originMs,
    startGenerator: (onEvents) => startGenerator({ originMs, onEvents }),
    startEnvironment: (members, suffix, emit) =>
      startMeshEnvironment({
        suffix,
        folder: watchdog.runFolder.path,
        envoyBinary: envoy.path,
        seed,
        originMs,
        wallOffsetMs,
        watchdog,
        scenarios: members.map(({ name }) => found(prepared, name)),
        emit,
        compileFile: (definition, scenario) => shaking.definitions.pushed(definition, scenario),
        signal: guard.signal,
      }),
    planRequests: (scenario, clusters) => {
      const policy = policyOf(prepared, scenario)
      return planRequests(
        scenario,
        seed,
        (traffic, index) => planArrivals(traffic, seed, `${scenario.name}/${index}`),
        registry,
        (host, method, path) => matchRoute(policy, host, method, path)?.cluster,
      ).map((request) => ({
        ...request,
        headers: { ...request.headers, ...planHeaders(request.plan, clusters), [requestIdHeader]: request.id },
      }))
    },
  }
}

/** Gives every scenario its key, its declared policy and what it is served. */
async function prepare(
  records: readonly ScenarioRecord[],
  definitions: Definitions,
  mutate: ShakeOptions['mutateServed'] = (_, served) => served,
): Promise<ReadonlyMap<string, PreparedScenario>> {
  const entries = await Promise.all(
    records.map(async (record, index): Promise<[string, PreparedScenario]> => {
      const acting = record.faults.filter((fault) => faultKindOf(registry, fault.kind)?.isolated)
      const processFaultTargets = acting.map(({ target }) => target).filter((target) => target !== 'control-plane')
      return [
        record.name,
        {
          record,
          key: `s${index + 1}`,
          declared: await definitions.declared(record),
          served: mutate(record.name, await definitions.served(record)),
          processFaultTargets,
          pushes: await Promise.all(pushedFiles(record).map((file) => definitions.pushed(file, record))),
        },
      ]
    }),
  )
  return new Map(entries)
}

/** Compiled before anything starts: a mistake in one must not come to light in the middle of a run. */
function pushedFiles({ faults }: ScenarioRecord): readonly string[] {
  return faults.flatMap(({ kind, config }) => (kind === 'push' ? [(config as { definition: string }).definition] : []))
}

function found(prepared: ReadonlyMap<string, PreparedScenario>, name: string): PreparedScenario {
  const scenario = prepared.get(name)
  if (scenario === undefined) throw new Error(`scenario was not prepared: ${name}`)
  return scenario
}

const policyOf = (prepared: ReadonlyMap<string, PreparedScenario>, record: ScenarioRecord): DeclaredPolicy =>
  found(prepared, record.name).declared

function mapOf<Value>(
  prepared: ReadonlyMap<string, PreparedScenario>,
  value: (scenario: PreparedScenario) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries([...prepared].map(([name, scenario]) => [name, value(scenario)]))
}

/** A version picks another pinned Envoy; anything with a slash is a binary of the user's own. */
function envoyChoice(envoy: string | undefined): { version?: string; binary?: string } {
  if (envoy === undefined) return {}
  return envoy.includes('/') ? { binary: envoy } : { version: envoy }
}
