// Pushes another definition to a scenario while its load runs. Clusters that routes will need come before the routes, and
// those that no route needs any more go after them, or requests would meet a route without its cluster.

import { monotonicMs } from '../core/clock.ts'
import type { Heal } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import { configUnderTest } from '../core/scenario-record.ts'
import type { ConfigOutcomes } from './config-outcomes.ts'
import type { CompiledDefinition, PreparedScenario } from './prepared-scenario.ts'
import type { ServedConfig, ServedType, StagedConfig } from './served-config.ts'

export interface ConfigPushParts {
  readonly served: Omit<ServedConfig, 'stageAll'>
  readonly outcomes: ConfigOutcomes
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
  /** Whether Envoy knows the hosts of these clusters (names inside Envoy). */
  readonly clustersKnown: (clusters: readonly string[]) => Promise<boolean>
}

const stepWithinMs = 2_000

/** The heal serves what was served first. */
export async function pushConfig(
  scenario: PreparedScenario,
  pushed: CompiledDefinition,
  definition: string,
  parts: ConfigPushParts,
): Promise<Heal> {
  const announce = async ({ served, declared }: CompiledDefinition, detail: string) => {
    const { name } = scenario.record
    const staged = parts.served.stage(name, served)
    // Before anything is stored: Envoy may take it before the next line of ours runs.
    for (const [type, version] of Object.entries(staged.versions)) {
      const base = { src: 'runner', atMs: parts.now(), scenario: name, version, detail, declared }
      parts.emit({ ...base, kind: 'config-pushed', type: type as ServedType })
    }
    await storeInOrder(staged, parts)
  }
  await announce(pushed, definition)
  return () => announce(scenario, `${configUnderTest(scenario.record.mesh).from} again`)
}

async function storeInOrder(staged: StagedConfig, { outcomes, clustersKnown }: ConfigPushParts): Promise<void> {
  const { versions, addedClusters, removedClusters } = staged
  await staged.storeClustersBeforeRoutes()
  if (addedClusters.length > 0) await holds(() => clustersKnown(addedClusters))
  await staged.storeRoutes()
  if (removedClusters.length === 0) return
  if (versions.routes !== undefined) await outcomes.settled('routes', versions.routes, stepWithinMs)
  await staged.storeClusters()
}

/** A push that Envoy does not take goes on after a while all the same: what comes of it is what the run is to show. */
async function holds(condition: () => Promise<boolean>): Promise<void> {
  const endMs = monotonicMs() + stepWithinMs
  while (monotonicMs() < endMs && !(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
