// Lays out an environment before anything of it starts: which clusters each scenario needs, and a free port for everything
// that will listen, reserved on the very address that it will listen on.

import type { XdsResources } from '../mesh/compile.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'
import { routeConfigName } from '../mesh/foreign/foreign-from-xds.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import { hostAddress, releasePorts, reservePorts } from './process/ports.ts'
import { placeScenario, type ScenarioPlace } from './topology.ts'

export interface Layout {
  readonly places: readonly ScenarioPlace[]
  readonly faultAdminPort: number
  readonly egressAdminPort: number
  readonly xdsPort: number
  readonly pulsePort: number
  /** Gives the ports back. */
  release(): void
}

export type ReservePorts = typeof reservePorts

const controlAddress = '127.0.0.1'

/** @throws EnvironmentError when there are not enough free ports */
export async function layOut(scenarios: readonly PreparedScenario[], reserve: ReservePorts = reservePorts) {
  // Once to count what is needed on each address, once with real ports.
  const needed = new Map<string, number>()
  place(scenarios, (address) => {
    needed.set(address, (needed.get(address) ?? 0) + 1)
    return 0
  })
  const reserved: number[] = []
  const take = async (count: number, address: string) => {
    const ports = await reserve(count, address)
    reserved.push(...ports)
    return ports
  }
  try {
    const [faultAdminPort = 0, egressAdminPort = 0, xdsPort = 0, pulsePort = 0] = await take(4, controlAddress)
    const free = new Map<string, number[]>()
    for (const [address, count] of needed) free.set(address, await take(count, address))
    const places = place(scenarios, (address) => {
      const port = free.get(address)?.shift()
      if (port === undefined) throw new Error(`more ports on ${address} than were counted`)
      return port
    })
    const release = () => releasePorts(reserved)
    return { places, faultAdminPort, egressAdminPort, xdsPort, pulsePort, release } satisfies Layout
  } catch (error) {
    releasePorts(reserved)
    throw error
  }
}

function place(scenarios: readonly PreparedScenario[], nextPort: (address: string) => number) {
  return scenarios.map((scenario) =>
    placeScenario({
      key: scenario.key,
      record: scenario.record,
      clusters: clustersOf(scenario),
      ...(scenario.foreign === undefined ? {} : entryOf(scenario.foreign)),
      nextPort,
      hostAddress,
    }),
  )
}

/** Without listeners of the user's, one of ours asks for the routes. */
function entryOf(foreign: ForeignConfig) {
  const routeConfig = routeConfigName(foreign)
  return {
    listeners: foreign.listeners.map(({ name }) => name),
    ...(routeConfig === undefined ? {} : { routeConfig }),
  }
}

/** Declared clusters first, in their order; then what only the served side names (a mistake there), then what pushes add. */
function clustersOf({ record, declared, served, live, pushes = [], relayTargets }: PreparedScenario) {
  const configs = [{ declared, served }, ...pushes]
  const policies = configs.map((config) => config.declared)
  const names = configs.flatMap((config) => [
    ...config.declared.clusters.map(({ name }) => name),
    ...clusterNames(config.served),
  ])
  // A control plane may name one later on; then its hosts must be there.
  if (live !== undefined) names.push(...Object.keys(record.upstreams))
  return [...new Set(names)].map((name) => ({
    name,
    http2: protocolOf(name, policies) === 'HTTP/2',
    relayed: relayTargets.includes(name),
  }))
}

export function clusterNames({ clusters }: XdsResources): readonly string[] {
  return clusters.map(({ name }) => name)
}

function protocolOf(name: string, policies: readonly DeclaredPolicy[]): string | undefined {
  for (const { clusters } of policies) {
    const cluster = clusters.find((candidate) => candidate.name === name)
    if (cluster !== undefined) return cluster.protocol
  }
}
