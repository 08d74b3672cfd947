// Shakes: from scenario paths to a closed history in a run folder. Everything that this starts is ended here, in every
// case; a watchdog covers the cases in which this process cannot. What meshes and pipelines need is in files of their own.

import { isoNow } from '../core/clock.ts'
import { isMesh, isPipeline } from '../core/scenario-record.ts'
import { liveMetrics } from '../report/metrics-live.ts'
import { serveMetrics } from '../report/metrics-server.ts'
import { isAskedLater, keysOf, withControlPlanes } from './control-planes.ts'
import { openDefinitions } from './definitions.ts'
import { guarded } from './guarded.ts'
import { ensureTools, type PreparedRun, type RunWatcher, readClock, recordRun } from './record-run.ts'
import type { RunCommandOptions } from './run.ts'
import { createRunDirectory } from './run-directory.ts'
import { selectScenarios } from './select-scenarios.ts'
import { freshSupply, type MutateServed, prepareMeshes } from './shake-meshes.ts'
import { type MutatePipeline, preparePipelines } from './shake-pipelines.ts'

export interface ShakeOutcome {
  readonly runFolder: string
  /** Points `latest` at this run; called when its reports are written. */
  publish(): Promise<void>
}

export interface ShakeOptions extends Pick<RunCommandOptions, 'envoy' | 'grep' | 'dir' | 'metrics' | 'shard'> {
  /** Only scenarios with these names. */
  readonly only?: ReadonlySet<string>
  /** For tests of the oracle: changes what a scenario is served, never what it is held to. */
  readonly mutateServed?: MutateServed
  readonly mutatePipeline?: MutatePipeline
  /** Beside the history. */
  readonly watchers?: readonly RunWatcher[]
}

export async function shake(paths: readonly string[], seed: string, options: ShakeOptions): Promise<ShakeOutcome> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const definitions = openDefinitions(process.cwd(), progress)
  const records = await selectScenarios(paths, definitions, options)
  const known = records.filter(isMesh).filter((record) => !isAskedLater(record))
  const preparing = { mutate: options.mutateServed, keyOf: keysOf(records) }
  const meshes = await prepareMeshes(known, definitions, preparing)
  const pipelines = await preparePipelines(records.filter(isPipeline), options.mutatePipeline)
  return shakePrepared({ records, meshes, pipelines, definitions, seed }, options, progress)
}

async function shakePrepared(
  prepared: PreparedRun,
  options: ShakeOptions,
  progress: (line: string) => void,
): Promise<ShakeOutcome> {
  progress(sayingSeed(prepared.seed))
  return guarded(async (guard) => {
    await using closing = new AsyncDisposableStack()
    const metrics = liveMetrics()
    if (options.metrics !== undefined) {
      const server = closing.use(await serveMetrics(metrics.registry, options.metrics))
      progress(`metrics ${server.url}`)
    }
    const run = await withControlPlanes(prepared, { guard, closing, progress, mutate: options.mutateServed })
    const tools = await ensureTools(run, options.envoy, guard, progress)
    const clock = await readClock()
    const startedAt = isoNow()
    const directory = await createRunDirectory(options.dir, startedAt, run.seed)
    const watchers = [{ event: metrics.update }, ...(options.watchers ?? [])]
    await recordRun({ ...run, guard, tools, clock, startedAt, directory, supply: freshSupply, watchers, progress })
    return { runFolder: directory.path, publish: directory.publish }
  })
}

export const sayingSeed = (seed: string): string =>
  `seed ${seed}: arrivals, payloads and planned faults come from it; Envoy's own jitter and balancing do not`
