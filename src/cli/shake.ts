// Shakes: from scenario paths to a closed history in a run folder. Everything that this starts is ended here, in every
// case; a watchdog covers the cases in which this process cannot.

import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isoNow, measureWallOffset, monotonicMs } from '../core/clock.ts'
import { historyFormat, type NewEvent } from '../core/history.ts'
import { openHistory } from '../core/history-file.ts'
import { packageVersion } from '../core/package-root.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { type PreparedScenario, startMeshEnvironment } from '../environment/mesh-environment.ts'
import { nameRunFolder } from '../environment/process/run-folder.ts'
import { onInterrupt } from '../environment/process/signals.ts'
import { startWatchdog } from '../environment/process/watchdog.ts'
import { sha256Of } from '../environment/served-config.ts'
import { tickMs } from '../environment/tools/doctor.ts'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { planArrivals } from '../load/arrivals.ts'
import { startGenerator } from '../load/generator.ts'
import { type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'
import { liveProgress } from '../report/live-progress.ts'
import { liveMetrics } from '../report/metrics-live.ts'
import { serveMetrics } from '../report/metrics-server.ts'
import { runAll } from '../run/run.ts'
import { planHeaders, requestIdHeader } from '../scenario/headers.ts'
import { packScenarios } from '../scenario/pack.ts'
import { planRequests } from '../scenario/plan.ts'
import { faultKindOf } from '../scenario/registry.ts'
import { type Definitions, openDefinitions } from './definitions.ts'
import { registry } from './registry.ts'
import type { RunCommandOptions } from './run.ts'
import { selectScenarios } from './select-scenarios.ts'
import { worstAttempts } from './worst-attempts.ts'

/** What this kind of machine carries honestly through both HTTP hops. */
const attemptsPerSecondMax = 500

export interface ShakeOutcome {
  readonly runFolder: string
  readonly interrupted: boolean
  /** Points `latest` at this run; called when its reports are written. */
  publish(): Promise<void>
}

export type ShakeOptions = Pick<RunCommandOptions, 'envoy' | 'grep' | 'dir' | 'metrics' | 'shard'>

export async function shake(paths: readonly string[], seed: string, options: ShakeOptions): Promise<ShakeOutcome> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const definitions = openDefinitions(process.cwd(), progress)
  const records = await selectScenarios(paths, definitions, options)
  const prepared = await prepare(records, definitions)
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
  const { records, prepared, seed, options, progress } = shaking
  progress(`seed ${seed}: arrivals, payloads and planned faults come from it; Envoy's own jitter and balancing do not`)
  const stopping = new AbortController()
  const finished = Promise.withResolvers<void>()
  const unhook = onInterrupt(async () => {
    stopping.abort()
    await finished.promise
  })
  const folder = nameRunFolder()
  try {
    await using closing = new AsyncDisposableStack()
    const metrics = liveMetrics()
    if (options.metrics !== undefined) closing.use(await serveMetrics(metrics.registry, Number(options.metrics)))
    const envoy = await ensureEnvoy({ ...envoyChoice(options.envoy), progress })
    const watchdog = closing.adopt(await startWatchdog(folder), (dog) => dog.close())
    const originMs = monotonicMs()
    const wall = measureWallOffset()
    const startedAt = isoNow()
    const runFolder = await createRunFolder(options.dir, startedAt, seed)
    const history = openHistory(join(runFolder, 'history.ndjson'), {
      format: historyFormat,
      versions: { shaketable: packageVersion(), envoy: envoy.version, node: process.versions.node },
      seed,
      startedAt,
      scenarios: records,
      declaredPolicy: mapOf(prepared, (scenario) => scenario.declared),
      servedSha256: mapOf(prepared, (scenario) => sha256Of(scenario.served)),
      clock: {
        source: 'CLOCK_MONOTONIC',
        wallOffsetMs: wall.offsetMs,
        wallOffsetErrorMs: wall.errorMs,
        tickMs: await tickMs(),
      },
    })
    const batches = packScenarios(records, {
      attemptsPerSecondMax,
      worstAttempts: (record) => worstAttempts(record, policyOf(prepared, record)),
    })
    for (const warning of batches.flatMap((batch) => batch.warnings)) progress(`warning: ${warning}`)
    const live = liveProgress(process.stderr, { scenarios: records.length })
    let requests = 0
    let reason: 'complete' | 'interrupted' | 'failed' = 'failed'
    const emitTo = (event: NewEvent) => {
      history.append(event)
      metrics.update(event)
    }
    try {
      const outcome = await runAll({
        batches: batches.map((batch) => batch.scenarios),
        faultKinds: registry.faults,
        originMs,
        signal: stopping.signal,
        append: emitTo,
        hooks: {
          scenarioStarted: ({ name }) => live.scenarioStarted(name),
          scenarioFinished: ({ name }) => live.scenarioFinished(name),
          event: ({ kind }) => {
            if (kind === 'request-answered') live.tick({ requests: ++requests })
          },
        },
        startGenerator: (onEvents) => startGenerator({ originMs, onEvents }),
        startEnvironment: (members, suffix, emit) =>
          startMeshEnvironment({
            suffix,
            folder: folder.path,
            envoyBinary: envoy.path,
            seed,
            originMs,
            wallOffsetMs: wall.offsetMs,
            watchdog,
            scenarios: members.map(({ name }) => found(prepared, name)),
            emit,
            compileFile: (definition, record) => shaking.definitions.pushed(definition, record),
          }),
        planRequests: (record, clusters) => {
          const policy = policyOf(prepared, record)
          return planRequests(
            record,
            seed,
            (traffic, index) => planArrivals(traffic, seed, `${record.name}/${index}`),
            registry,
            (host, method, path) => matchRoute(policy, host, method, path)?.cluster,
          ).map((request) => ({
            ...request,
            headers: { ...request.headers, ...planHeaders(request.plan, clusters), [requestIdHeader]: request.id },
          }))
        },
      })
      reason = outcome.interrupted ? 'interrupted' : 'complete'
    } finally {
      live.finish()
      await history.close(reason)
      if (reason === 'failed') await rm(runFolder, { recursive: true, force: true })
    }
    return { runFolder, interrupted: reason === 'interrupted', publish: () => pointLatest(options.dir, runFolder) }
  } finally {
    finished.resolve()
    unhook()
  }
}

/** Gives every scenario its key, its declared policy and what it is served. */
async function prepare(
  records: readonly ScenarioRecord[],
  definitions: Definitions,
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
          served: await definitions.served(record),
          processFaultTargets,
        },
      ]
    }),
  )
  return new Map(entries)
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

async function createRunFolder(dir: string, startedAt: string, seed: string): Promise<string> {
  const name = `${startedAt.slice(0, 19).replaceAll(':', '-')}-${seed.replace(/[^\w.-]/g, '_').slice(0, 40)}`
  await mkdir(dir, { recursive: true })
  for (let attempt = 1; attempt <= 1000; attempt++) {
    const folder = join(dir, attempt === 1 ? name : `${name}-${attempt}`)
    try {
      await mkdir(folder)
      return folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error(`too many run folders named ${name}`)
}

async function pointLatest(dir: string, runFolder: string): Promise<void> {
  const link = join(dir, 'latest')
  await rm(link, { force: true, recursive: false })
  await symlink(basename(runFolder), link)
}
