// The users' own control planes of a run. They are started when the run begins and ended when it ends; only then it is known
// what the scenarios that ask them are served, so those are prepared here.

import { InputError } from '../core/errors.ts'
import { isMesh, type MeshScenario, type ScenarioRecord } from '../core/scenario-record.ts'
import { openUserControlPlane, type UserControlPlane } from '../environment/xds-client/user-control-plane.ts'
import { targetProblems } from '../scenario/cross-checks.ts'
import { openDefinitions, type PlaneOf } from './definitions.ts'
import type { Guard } from './guarded.ts'
import type { PreparedRun } from './record-run.ts'
import { registry } from './registry.ts'
import { type MutateServed, prepareMeshes } from './shake-meshes.ts'

/** Its config is known only while a program of the user's runs. */
export function isAskedLater({ mesh }: MeshScenario): boolean {
  return mesh.controlPlane !== undefined
}

/** The same keys, whenever a scenario is prepared. */
export function keysOf(records: readonly ScenarioRecord[]): (scenario: string) => string {
  const names = records.filter(isMesh).map(({ name }) => name)
  return (scenario) => `s${names.indexOf(scenario) + 1}`
}

export interface ControlPlanesOptions {
  readonly guard: Guard
  /** They are ended with it. */
  readonly closing: AsyncDisposableStack
  readonly progress: (line: string) => void
  readonly mutate: MutateServed | undefined
}

/** @throws EnvironmentError when one does not serve, InputError for what it serves */
export async function withControlPlanes(run: PreparedRun, options: ControlPlanesOptions): Promise<PreparedRun> {
  const meshes = run.records.filter(isMesh)
  const asked = meshes.filter(isAskedLater)
  if (asked.length === 0) return run
  const definitions = openDefinitions(process.cwd(), options.progress, planesOf(options))
  const preparing = { mutate: options.mutate, keyOf: keysOf(run.records) }
  const prepared = new Map([...run.meshes, ...(await prepareMeshes(asked, definitions, preparing))])
  for (const record of asked) await checkTargets(record, await definitions.clustersOf(record))
  const inOrder = meshes.flatMap(({ name }) => {
    const scenario = prepared.get(name)
    return scenario === undefined ? [] : [[name, scenario] as const]
  })
  return { ...run, meshes: new Map(inOrder), definitions }
}

/** One for each scenario, because its config may change with time: by the record itself. */
function planesOf({ guard, closing, progress }: ControlPlanesOptions): PlaneOf {
  const planes = new Map<unknown, Promise<UserControlPlane>>()
  return (mesh) => {
    const known = planes.get(mesh.controlPlane)
    if (known !== undefined) return known
    progress(`control plane: ${mesh.controlPlane.command.join(' ')}`)
    const opened = openUserControlPlane({ mesh, watchdog: guard.watchdog, signal: guard.signal })
    planes.set(mesh.controlPlane, opened)
    closing.defer(async () => (await opened.catch(() => undefined))?.stop())
    return opened
  }
}

async function checkTargets(record: MeshScenario, clusters: readonly string[]): Promise<void> {
  const problems = targetProblems(record, clusters, registry)
  if (problems.length === 0) return
  const lines = problems.map(({ path, text }) => `${record.file} (/${path.join('/')}): ${text}`)
  throw new InputError(lines.slice(0, 10).join('\n'))
}
