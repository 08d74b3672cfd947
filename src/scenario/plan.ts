// What a scenario will send, decided before it starts: each request with its id, its moment and the faults that its
// attempts will meet. All of it comes from the seed, the scenario's own text and the names of clusters, never from the
// definition, so two configs can be shaken by the very same requests and faults.

import type { PlannedFault } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { decide } from '../core/random.ts'
import type { FaultRecord, MeshScenario, TrafficRecord } from '../core/scenario-record.ts'
import { maxPlannedAttempts } from './headers.ts'
import { faultKindOf, type Registry } from './registry.ts'

/** Intended send times of one traffic since the scenario's start, in order. */
export type Arrivals = (traffic: TrafficRecord, index: number) => readonly number[]
/** The clusters that the declared route may send a request to. */
export type ClustersOf = (request: TrafficRecord['request']) => readonly string[]

/** All requests of a scenario in the order of their send times. */
export function planRequests(
  record: MeshScenario,
  seed: string,
  arrivals: Arrivals,
  registry: Registry,
  clustersOf: ClustersOf,
  maxAttempts = maxPlannedAttempts,
): readonly PlannedRequest[] {
  const tag = scenarioTag(record.name)
  const requests = record.traffic.flatMap((traffic, index) => {
    const { method, host, path, headers, bodyBytes, slowBody, grpc } = traffic.request
    const special = { ...(slowBody === undefined ? {} : { slowBody }), ...(grpc === undefined ? {} : { grpc }) }
    const clusters = clustersOf(traffic.request)
    const faults = record.faults.flatMap((fault) => {
      const isMeant = clusters.includes(fault.target)
      const decider = isMeant ? deciderOf(fault, record.name, seed, registry, maxAttempts) : undefined
      return decider === undefined ? [] : [decider]
    })
    return arrivals(traffic, index).map((atMs, n): PlannedRequest => {
      const id = `${tag}-${index}-${n + 1}`
      const plan = faults.flatMap((decider) => decider(id, atMs))
      const common = { id, traffic: index, atMs, method, host, path, headers, bodyBytes }
      return { ...common, ...special, timeoutMs: traffic.timeoutMs, plan }
    })
  })
  return requests.toSorted((left, right) => left.atMs - right.atMs)
}

/**
 * Seven characters for a scenario. They come from its name, not from its place in the run, so that `--grep` and shards
 * leave ids, and with them the planned faults, as they were.
 */
function scenarioTag(name: string): string {
  return Math.floor(decide('scenario-tag', name) * 36 ** 7)
    .toString(36)
    .padStart(7, '0')
}

type Decider = (requestId: string, atMs: number) => readonly PlannedFault[]

/** Undefined for faults that act on their own instead of being carried by requests. */
function deciderOf(
  fault: FaultRecord,
  scenario: string,
  seed: string,
  registry: Registry,
  maxAttempts: number,
): Decider | undefined {
  const kind = faultKindOf(registry, fault.kind)
  if (kind === undefined) throw new Error(`fault kind ${fault.kind} is not registered`)
  if (kind.plan === undefined) return undefined
  const { name, target, host, fromMs, untilMs, config } = fault
  return (requestId, atMs) => {
    if (atMs < fromMs || atMs >= untilMs) return []
    const planned: PlannedFault[] = []
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const action = kind.plan?.(
        config,
        attempt,
        () => decide(seed, scenario, name, requestId, attempt),
        () => decide(seed, scenario, name, requestId),
      )
      if (action === undefined) continue
      planned.push({ fault: name, attempt, ...action, target, ...(host === undefined ? {} : { host }) })
    }
    return planned
  }
}
