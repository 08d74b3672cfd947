// Reads scenarios again after a save, and finds out which of them a run would see differently now. What a save cannot have
// changed is not compiled again.

import { dirname, resolve } from 'node:path'
import { isMesh, isPipeline, type MeshScenario, type ScenarioRecord } from '../../core/scenario-record.ts'
import type { PreparedScenario } from '../../environment/prepared-scenario.ts'
import { isAskedLater } from '../control-planes.ts'
import { openDefinitions } from '../definitions.ts'
import type { PreparedRun } from '../record-run.ts'
import { selectScenarios } from '../select-scenarios.ts'
import { prepareMeshes } from '../shake-meshes.ts'
import { preparePipelines } from '../shake-pipelines.ts'
import { concerns, isWithin, namedFiles, namedFolders } from './named-files.ts'
import { identityOf } from './needs.ts'

export interface Loaded {
  readonly records: readonly ScenarioRecord[]
  readonly meshes: ReadonlyMap<string, PreparedScenario>
}

export interface Reloaded extends Loaded {
  /** What is to run now; no scenarios when nothing is concerned. */
  readonly run: PreparedRun
}

export interface ReloadOptions {
  readonly paths: readonly string[]
  readonly seed: string
  readonly cwd: string
  readonly grep?: string
  readonly shard?: string
  readonly only?: ReadonlySet<string>
  /** Stays the same for a scenario as long as the session lasts. */
  readonly keyOf: (scenario: string) => string
  readonly progress: (line: string) => void
}

/** `before` is absent at first: then all are concerned. @throws InputError */
export async function reload(
  options: ReloadOptions,
  saved: readonly string[],
  before: Loaded | undefined,
): Promise<Reloaded> {
  const { cwd, keyOf } = options
  const definitions = openDefinitions(cwd, options.progress)
  const records = await selectScenarios(options.paths, definitions, options)
  const old = new Map(before?.records.map((record) => [record.name, record]))
  const mayDiffer = (record: ScenarioRecord) =>
    JSON.stringify(old.get(record.name)) !== JSON.stringify(record) || saved.some((path) => isNear(path, record, cwd))
  // What a control plane serves is known when it runs.
  const suspects = records.filter(isMesh).filter((record) => !isAskedLater(record) && mayDiffer(record))
  const fresh = await prepareMeshes(suspects, definitions, { keyOf })
  const meshes = new Map(
    records.filter(isMesh).flatMap(({ name }) => {
      const prepared = fresh.get(name) ?? before?.meshes.get(name)
      return prepared === undefined ? [] : [[name, prepared] as const]
    }),
  )
  const isConcerned = (record: ScenarioRecord) =>
    saved.some((path) => concerns(path, record, cwd)) ||
    (isMesh(record) && !isAskedLater(record) ? meshDiffers(record, fresh, before) : mayDiffer(record))
  const concerned = records.filter(isConcerned)
  const pipelines = await preparePipelines(concerned.filter(isPipeline))
  const run: PreparedRun = {
    records: concerned,
    meshes: new Map([...meshes].filter(([name]) => concerned.some((record) => record.name === name))),
    pipelines,
    definitions,
    seed: options.seed,
  }
  return { records, meshes, run }
}

function meshDiffers(
  { name }: MeshScenario,
  fresh: ReadonlyMap<string, PreparedScenario>,
  before: Loaded | undefined,
): boolean {
  const now = fresh.get(name)
  const old = before?.meshes.get(name)
  return now !== undefined && (old === undefined || identityOf(old) !== identityOf(now))
}

/** In a folder where something lies that the scenario is made of: an import of it, perhaps. */
function isNear(path: string, record: ScenarioRecord, cwd: string): boolean {
  const folder = dirname(path)
  return (
    namedFiles(record, cwd).some((file) => dirname(resolve(cwd, file)) === folder || isWithin(path, file)) ||
    namedFolders(record).some((one) => isWithin(path, one))
  )
}
