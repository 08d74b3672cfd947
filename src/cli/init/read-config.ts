// Reads a config the way `run` would: what it promises, and the lines that name it in a scenario. Filters that ask a service
// which is not here are the user's decision: without one the config is refused, with the words that decide it.

import { InputError } from '../../core/errors.ts'
import type { ControlPlaneRecord } from '../../core/scenario-record.ts'
import { openUserControlPlane } from '../../environment/xds-client/user-control-plane.ts'
import { declaredPolicy } from '../../mesh/declared-policy.ts'
import { declaredFromXds } from '../../mesh/foreign/declared-from-xds.ts'
import type { ForeignConfig } from '../../mesh/foreign/foreign-config.ts'
import { loadForeign } from '../../mesh/foreign/load-foreign.ts'
import { needyFilters } from '../../mesh/foreign/needy-filters.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import type { Definitions } from '../definitions.ts'
import type { Guard } from '../guarded.ts'
import type { FoundConfig } from './find-configs.ts'
import { controlPlaneLines, fileLines, type MeshLines, pathFrom } from './plan-scenarios.ts'

export interface ReadConfig {
  readonly policy: DeclaredPolicy
  readonly mesh: MeshLines
}

export type Stubs = Readonly<Record<string, 'allow'>>

interface Reading {
  /** Of the scenarios. */
  readonly dir: string
  readonly stubs: Stubs
}

/** @throws InputError when it cannot be read, or cannot run here */
export async function readConfig(
  config: FoundConfig,
  definitions: Definitions,
  { dir, stubs }: Reading,
): Promise<ReadConfig> {
  const { sort, path, node } = config
  const isForeign = sort !== 'definition'
  const mesh: MeshLines = { from: pathFrom(dir, path), lines: fileLines(sort, path, node, dir), stubs: [], isForeign }
  if (!isForeign) return { policy: declaredPolicy(await definitions.load(path), node), mesh }
  const load = (allowed: Stubs) => loadForeign({ [sort]: path, node, stubs: allowed })
  return foreignConfig(load, mesh, stubs, config.shown)
}

/** Runs it for as long as it takes to hear what it serves. @throws EnvironmentError when it does not serve */
export async function readControlPlane(
  controlPlane: ControlPlaneRecord,
  node: string,
  { watchdog, signal }: Guard,
  { dir, stubs }: Reading,
): Promise<ReadConfig> {
  const command = controlPlane.command.join(' ')
  const mesh: MeshLines = {
    from: command,
    lines: controlPlaneLines(controlPlane, node, dir),
    stubs: [],
    isForeign: true,
  }
  const load = async (allowed: Stubs) => {
    await using plane = await openUserControlPlane({ mesh: { controlPlane, node, stubs: allowed }, watchdog, signal })
    return plane.config
  }
  return foreignConfig(load, mesh, stubs, '...')
}

type Load = (stubs: Stubs) => Promise<ForeignConfig>

async function foreignConfig(load: Load, mesh: MeshLines, stubs: Stubs, shown: string): Promise<ReadConfig> {
  const foreign = await withStubs(load, stubs, shown)
  return { policy: declaredFromXds(foreign), mesh: { ...mesh, stubs: usedStubs(foreign) } }
}

async function withStubs(load: Load, stubs: Stubs, shown: string): Promise<ForeignConfig> {
  try {
    return await load(stubs)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const all = Object.values(needyFilters).map(({ name }) => [name, 'allow'] as const)
    const stubbed = await load({ ...Object.fromEntries(all), ...stubs }).catch(() => undefined)
    const words = stubbed === undefined ? [] : usedStubs(stubbed).map((name) => `--stub ${name}=allow`)
    if (words.length === 0) throw error
    throw new InputError(
      `${error.message}\n  hint: these filters ask a service that is not here; to have them taken out, as if it always agreed:\n    npx shaketable init ${shown} ${words.join(' ')}`,
    )
  }
}

/** Those that took something out. */
function usedStubs({ changes }: ForeignConfig): readonly string[] {
  return [...new Set(changes.flatMap((line) => /\(stub (\S+): allow/.exec(line)?.[1] ?? []))]
}
