// From a found config to the scenarios that are to be written for it: one for each cluster that a request can reach, with
// names that are files as well. Nothing is written here.

import { basename, extname, join, relative } from 'node:path'
import type { ControlPlaneRecord } from '../../core/scenario-record.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import { propose } from './propose.ts'
import { reachClusters, type Unreached } from './reach.ts'
import { type ScenarioPlace, scalar, scenarioText } from './scenario-text.ts'

export interface PlannedScenario {
  readonly name: string
  /** Absolute. */
  readonly file: string
  readonly text: string
  readonly cluster: string
}

export interface PlannedConfig {
  readonly scenarios: readonly PlannedScenario[]
  readonly unreached: readonly Unreached[]
}

/** The config under test, as the scenario's `mesh:` has it. */
export interface MeshLines {
  readonly from: string
  readonly lines: readonly string[]
  readonly stubs: ScenarioPlace['stubs']
  readonly isForeign: boolean
}

const namePartMax = 38

export function planScenarios(
  policy: DeclaredPolicy,
  mesh: MeshLines,
  place: { readonly dir: string; readonly schemaFile: string },
  taken: Set<string>,
): PlannedConfig {
  const { reached, unreached } = reachClusters(policy)
  const schema = pathFrom(place.dir, place.schemaFile)
  const scenarios = reached.map((one): PlannedScenario => {
    const name = freeName(`${slug(policy.node)}-${slug(one.cluster.name)}`, taken)
    const { lines, ...rest } = mesh
    const text = scenarioText({ ...rest, name, schema, mesh: lines }, one, propose(one))
    return { name, file: join(place.dir, `${name}.yaml`), text, cluster: one.cluster.name }
  })
  return { scenarios, unreached }
}

/** `definition: ../book.yaml` and, where the file is named otherwise, `node: book`. */
export function fileLines(sort: string, path: string, node: string, dir: string): readonly string[] {
  const named = basename(path, extname(path))
  return [`${sort}: ${scalar(pathFrom(dir, path))}`, ...(named === node ? [] : [`node: ${scalar(node)}`])]
}

export function controlPlaneLines(
  { command, cwd, protocol, nodeId }: ControlPlaneRecord,
  node: string,
  dir: string,
): readonly string[] {
  return [
    'controlPlane:',
    `  command: [${command.map(scalar).join(', ')}]`,
    `  cwd: ${scalar(pathFrom(dir, cwd))}`,
    `  protocol: ${protocol}`,
    ...(nodeId === undefined ? [] : [`  nodeId: ${scalar(nodeId)}`]),
    `node: ${scalar(node)}`,
  ]
}

/** As a scenario in `dir` names the file. */
export function pathFrom(dir: string, file: string): string {
  return relative(dir, file).replaceAll('\\', '/') || '.'
}

/** Names of scenarios have lower-case letters, digits and hyphens. */
function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return plain.slice(0, namePartMax).replace(/-+$/, '') || 'x'
}

function freeName(name: string, taken: Set<string>): string {
  let free = name
  for (let count = 2; taken.has(free); count++) free = `${name}-${count}`
  taken.add(free)
  return free
}
