// From what the user named to the scenarios that are to be written: every config that was found, or the control plane that
// was given as a command. Nothing is written here.

import { InputError } from '../../core/errors.ts'
import type { ControlPlaneRecord } from '../../core/scenario-record.ts'
import { openDefinitions } from '../definitions.ts'
import { guarded } from '../guarded.ts'
import { findConfigs, sortWords } from './find-configs.ts'
import { type PlannedConfig, planScenarios } from './plan-scenarios.ts'
import { type ReadConfig, readConfig, readControlPlane, type Stubs } from './read-config.ts'

export interface Planned {
  readonly title: string
  readonly config: PlannedConfig
}

export interface Planning {
  readonly cwd: string
  /** Of the scenarios. */
  readonly dir: string
  readonly schemaFile: string
  readonly stubs: Stubs
  readonly say: (line: string) => void
}

/** @throws InputError when nothing of the kind is there, or none of it can be read */
export async function planConfigs(given: string | undefined, planning: Planning): Promise<readonly Planned[]> {
  const { cwd, say } = planning
  const definitions = openDefinitions(cwd, (line) => void process.stderr.write(`${line}\n`))
  const { configs, skipped } = await findConfigs(given, cwd)
  for (const { file, reason } of skipped) say(`left out ${file}: ${reason}`)
  const taken = new Set<string>()
  const planned: Planned[] = []
  for (const config of configs) {
    const title = `${config.shown} (${sortWords[config.sort]}, node ${config.node})`
    try {
      planned.push({ title, config: scenariosOf(await readConfig(config, definitions, planning), planning, taken) })
    } catch (error) {
      // One of many that cannot be read keeps nobody from the others.
      if (!(error instanceof InputError) || configs.length === 1) throw error
      say(`left out ${title}: ${error.message.replaceAll('\n', '\n  ')}`)
    }
  }
  if (planned.length > 0) return planned
  throw new InputError(`none of ${configs.length} configs can be read; the reasons stand above`)
}

/** Starts the user's program, hears what it serves, and ends it. */
export async function planControlPlane(
  controlPlane: ControlPlaneRecord,
  node: string,
  planning: Planning,
): Promise<readonly Planned[]> {
  const read = await guarded((guard) => readControlPlane(controlPlane, node, guard, planning))
  const title = `${controlPlane.command.join(' ')} (control plane over ${controlPlane.protocol}, node ${node})`
  return [{ title, config: scenariosOf(read, planning, new Set()) }]
}

function scenariosOf({ policy, mesh }: ReadConfig, { dir, schemaFile }: Planning, taken: Set<string>): PlannedConfig {
  return planScenarios(policy, mesh, { dir, schemaFile }, taken)
}
