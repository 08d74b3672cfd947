// The mesh half of a shake: what each scenario declares and is served, and the real parts that run/ puts into order.

import type { MeshScenario } from '../core/scenario-record.ts'
import {
  type MeshEnvironmentOptions,
  type PreparedScenario,
  startMeshEnvironment,
} from '../environment/mesh-environment.ts'
import type { LocalstackTool } from '../environment/tools/localstack-tool.ts'
import { planArrivals } from '../load/arrivals.ts'
import { type GeneratorOptions, startGenerator } from '../load/generator.ts'
import type { Resource, XdsResources } from '../mesh/compile.ts'
import { clustersOfRoute, type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'
import type { RunEnvironment, RunGenerator } from '../run/parts.ts'
import type { RunOptions } from '../run/run.ts'
import { planHeaders, requestIdHeader } from '../scenario/headers.ts'
import { packScenarios } from '../scenario/pack.ts'
import { planRequests } from '../scenario/plan.ts'
import { faultKindOf } from '../scenario/registry.ts'
import type { Definitions } from './definitions.ts'
import { refuseForeignProblems } from './foreign-problems.ts'
import type { Guard } from './guarded.ts'
import { registry } from './registry.ts'
import { refuseWrongProtocol } from './relay-problems.ts'
import { worstAttempts } from './worst-attempts.ts'

/** What this kind of machine carries honestly through both HTTP hops. */
const attemptsPerSecondMax = 500

export type PreparedMeshes = ReadonlyMap<string, PreparedScenario>
/** What an Envoy is given; listeners are there where the config under test brings its own. */
export interface ServedPieces extends XdsResources {
  readonly listeners?: readonly Resource[]
}
export type MutateServed = (scenario: string, served: ServedPieces) => ServedPieces

export interface PrepareOptions {
  readonly mutate?: MutateServed | undefined
  /** Default: by its place in the run. */
  readonly keyOf?: (scenario: string, index: number) => string
}

/** Where the parts of a run come from. Each is given back by its `stop`. */
export interface MeshSupply {
  startGenerator(options: GeneratorOptions): Promise<RunGenerator>
  startEnvironment(options: MeshEnvironmentOptions): Promise<RunEnvironment>
}

/** New parts for every run. */
export const freshSupply: MeshSupply = { startGenerator, startEnvironment: startMeshEnvironment }

/** Gives every scenario its key, its declared policy and what it is served. */
export async function prepareMeshes(
  records: readonly MeshScenario[],
  definitions: Definitions,
  options: PrepareOptions = {},
): Promise<PreparedMeshes> {
  const keyOf = options.keyOf ?? ((_, index) => `s${index + 1}`)
  const mutate = options.mutate ?? ((_, served) => served)
  const entries = await Promise.all(
    records.map(async (record, index): Promise<[string, PreparedScenario]> => {
      const acting = record.faults.filter((fault) => faultKindOf(registry, fault.kind)?.isolated)
      const processFaultTargets = acting.map(({ target }) => target).filter((target) => target !== 'control-plane')
      const relayed = record.faults.filter((fault) => faultKindOf(registry, fault.kind)?.needsRelay === true)
      const read = await definitions.foreign(record)
      refuseForeignProblems(record, read)
      const declared = await definitions.declared(record)
      refuseWrongProtocol(record, declared)
      const live = await definitions.live(record)
      const given = await definitions.served(record)
      const { listeners, ...served } = mutate(record.name, { ...given, ...(read && { listeners: read.listeners }) })
      return [
        record.name,
        {
          record,
          key: keyOf(record.name, index),
          declared,
          served,
          processFaultTargets,
          relayTargets: [...new Set(relayed.map(({ target }) => target))],
          ...(read === undefined ? {} : { foreign: { ...read, ...served, listeners: listeners ?? read.listeners } }),
          ...(live === undefined ? {} : { live }),
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
  readonly supply: MeshSupply
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
    startGenerator: (onEvents) => shake.supply.startGenerator({ originMs, onEvents }),
    startEnvironment: (members, suffix, emit) =>
      shake.supply.startEnvironment({
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
