// The mesh half of a shake: what each scenario declares and is served, and the real parts that run/ puts into order.

import type { MeshScenario } from '../core/scenario-record.ts'
import { type PreparedScenario, startMeshEnvironment } from '../environment/mesh-environment.ts'
import type { LocalstackTool } from '../environment/tools/localstack-tool.ts'
import { planArrivals } from '../load/arrivals.ts'
import { startGenerator } from '../load/generator.ts'
import type { XdsResources } from '../mesh/compile.ts'
import { clustersOfRoute, type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'
import type { RunOptions } from '../run/run.ts'
import { planHeaders, requestIdHeader } from '../scenario/headers.ts'
import { packScenarios } from '../scenario/pack.ts'
import { planRequests } from '../scenario/plan.ts'
import { faultKindOf } from '../scenario/registry.ts'
import type { Definitions } from './definitions.ts'
import type { Guard } from './guarded.ts'
import { registry } from './registry.ts'
import { worstAttempts } from './worst-attempts.ts'

/** What this kind of machine carries honestly through both HTTP hops. */
const attemptsPerSecondMax = 500

export type PreparedMeshes = ReadonlyMap<string, PreparedScenario>
export type MutateServed = (scenario: string, served: XdsResources) => XdsResources

/** Gives every scenario its key, its declared policy and what it is served. */
export async function prepareMeshes(
  records: readonly MeshScenario[],
  definitions: Definitions,
  mutate: MutateServed = (_, served) => served,
): Promise<PreparedMeshes> {
  const entries = await Promise.all(
    records.map(async (record, index): Promise<[string, PreparedScenario]> => {
      const acting = record.faults.filter((fault) => faultKindOf(registry, fault.kind)?.isolated)
      const processFaultTargets = acting.map(({ target }) => target).filter((target) => target !== 'control-plane')
      const relayed = record.faults.filter((fault) => faultKindOf(registry, fault.kind)?.needsRelay === true)
      const foreign = await definitions.foreign(record)
      return [
        record.name,
        {
          record,
          key: `s${index + 1}`,
          declared: await definitions.declared(record),
          served: mutate(record.name, await definitions.served(record)),
          processFaultTargets,
          relayTargets: [...new Set(relayed.map(({ target }) => target))],
          ...(foreign === undefined ? {} : { foreign }),
          pushes: await Promise.all(pushedFiles(record).map((file) => definitions.pushed(file, record))),
        },
      ]
    }),
  )
  return new Map(entries)
}

/** Compiled before anything starts: a mistake in one must not come to light in the middle of a run. */
function pushedFiles({ faults }: MeshScenario): readonly string[] {
  return faults.flatMap(({ kind, config }) => (kind === 'push' ? [(config as { definition: string }).definition] : []))
}

function found(prepared: PreparedMeshes, name: string): PreparedScenario {
  const scenario = prepared.get(name)
  if (scenario === undefined) throw new Error(`scenario was not prepared: ${name}`)
  return scenario
}

const policyOf = (prepared: PreparedMeshes, record: MeshScenario): DeclaredPolicy =>
  found(prepared, record.name).declared

export interface MeshShake {
  readonly prepared: PreparedMeshes
  readonly definitions: Definitions
  readonly seed: string
  readonly guard: Guard
  readonly envoyBinary: string
  readonly localstack: LocalstackTool | undefined
  readonly originMs: number
  readonly wallOffsetMs: number
  readonly progress: (line: string) => void
}

type MeshParts = Pick<RunOptions, 'batches' | 'startGenerator' | 'startEnvironment' | 'planRequests'>

/** The real parts that run/ puts into order. */
export function meshParts(shake: MeshShake): MeshParts {
  const { prepared, definitions, seed, guard, originMs } = shake
  const batches = packScenarios(
    [...prepared.values()].map(({ record }) => record),
    { attemptsPerSecondMax, worstAttempts: (scenario) => worstAttempts(scenario, policyOf(prepared, scenario)) },
  )
  for (const warning of batches.flatMap((batch) => batch.warnings)) shake.progress(`warning: ${warning}`)
  return {
    batches: batches.map((batch) => batch.scenarios),
    startGenerator: (onEvents) => startGenerator({ originMs, onEvents }),
    startEnvironment: (members, suffix, emit) =>
      startMeshEnvironment({
        suffix,
        folder: guard.watchdog.runFolder.path,
        envoyBinary: shake.envoyBinary,
        localstack: shake.localstack,
        seed,
        originMs,
        wallOffsetMs: shake.wallOffsetMs,
        watchdog: guard.watchdog,
        scenarios: members.map(({ name }) => found(prepared, name)),
        emit,
        compileFile: (definition, scenario) => definitions.pushed(definition, scenario),
        signal: guard.signal,
      }),
    planRequests: (scenario, clusters) => {
      const policy = policyOf(prepared, scenario)
      return planRequests(
        scenario,
        seed,
        (traffic, index) => planArrivals(traffic, seed, `${scenario.name}/${index}`),
        registry,
        (request) => clustersOfRoute(matchRoute(policy, request)),
      ).map((request) => ({
        ...request,
        headers: { ...request.headers, ...planHeaders(request.plan, clusters), [requestIdHeader]: request.id },
      }))
    },
  }
}
