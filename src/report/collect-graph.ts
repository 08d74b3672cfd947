// The mesh as it was really used: load generator, Envoy under test, clusters, hosts; on each edge the rate and the part that
// failed. To the Envoy that is requests, behind it attempts, so a fault that retries masked shows on the right only.

import type { MeshGraph } from '../core/report-model.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import type { SettledRequest } from './open-requests.ts'
import { type Attempt, attemptFailed, succeeded } from './outcome.ts'

export interface Graph {
  settled(request: SettledRequest): void
  finish(durationMs: number): MeshGraph
}

interface Flow {
  total: number
  failed: number
}

export function collectGraph(scenario: MeshScenario): Graph {
  const requests: Flow = { total: 0, failed: 0 }
  const clusters = new Map<string, Flow>(Object.keys(scenario.upstreams).map((name) => [name, { total: 0, failed: 0 }]))
  const hosts = new Map<string, Map<string, Flow>>()
  // The egress knows a host by its address, the fault hop by its number: an attempt seen by both tells which is which.
  const numbers = new Map<string, string>()

  const countAttempt = (attempt: Attempt): void => {
    const cluster = attempt.logged?.cluster ?? attempt.seen?.cluster ?? ''
    const address = attempt.logged?.host ?? ''
    const number = attempt.seen === undefined ? undefined : String(attempt.seen.host)
    if (address !== '' && number !== undefined) numbers.set(`${cluster} ${address}`, number)
    const failed = attemptFailed(attempt)
    add(flowAt(clusters, cluster), failed)
    const ofCluster = hosts.get(cluster) ?? new Map<string, Flow>()
    hosts.set(cluster, ofCluster)
    add(flowAt(ofCluster, number ?? address), failed)
  }
  return {
    settled(request) {
      add(requests, request.answered === undefined || !succeeded(request.answered))
      if (request.logged !== undefined && request.logged.cluster !== '') flowAt(clusters, request.logged.cluster)
      for (const attempt of request.attempts) countAttempt(attempt)
    },
    finish: (durationMs) => draw(scenario, requests, clusters, byNumber(hosts, numbers), durationMs),
  }
}

function draw(
  scenario: MeshScenario,
  requests: Flow,
  clusters: ReadonlyMap<string, Flow>,
  hosts: ReadonlyMap<string, ReadonlyMap<string, Flow>>,
  durationMs: number,
): MeshGraph {
  const edge = (from: string, to: string, flow: Flow): MeshGraph['edges'][number] => ({
    from,
    to,
    ratePerSecond: durationMs > 0 ? (flow.total / durationMs) * 1000 : 0,
    errorRatio: flow.total === 0 ? 0 : flow.failed / flow.total,
  })
  const nodes: MeshGraph['nodes'][number][] = [
    { id: 'load', label: 'load generator', column: 0, faulty: false },
    { id: 'envoy', label: `Envoy (${scenario.mesh.node})`, column: 1, faulty: false },
  ]
  const edges = [edge('load', 'envoy', requests)]
  if (scenario.faults.some((fault) => fault.target === 'control-plane')) {
    nodes.push({ id: 'control-plane', label: 'control plane', column: 0, faulty: true })
  }
  for (const [cluster, flow] of [...clusters].sort(byKey)) {
    nodes.push({ id: `cluster:${cluster}`, label: cluster, column: 2, faulty: isFaulty(scenario, cluster) })
    edges.push(edge('envoy', `cluster:${cluster}`, flow))
    for (const [host, hostFlow] of [...(hosts.get(cluster) ?? [])].sort(byKey)) {
      const id = `host:${cluster}/${host}`
      const label = /^\d+$/.test(host) ? `host ${host}` : host
      nodes.push({ id, label, column: 3, faulty: isFaulty(scenario, cluster, host) })
      edges.push(edge(`cluster:${cluster}`, id, hostFlow))
    }
  }
  return { nodes, edges }
}

/** A fault without a host hits every host of its cluster; one with a host does not make the whole cluster faulty. */
function isFaulty(scenario: MeshScenario, cluster: string, host?: string): boolean {
  return scenario.faults.some((fault) => {
    if (fault.target !== cluster) return false
    return fault.host === undefined ? true : host === String(fault.host)
  })
}

function byNumber(
  hosts: ReadonlyMap<string, ReadonlyMap<string, Flow>>,
  numbers: ReadonlyMap<string, string>,
): ReadonlyMap<string, ReadonlyMap<string, Flow>> {
  const merged = new Map<string, Map<string, Flow>>()
  for (const [cluster, ofCluster] of hosts) {
    const target = new Map<string, Flow>()
    for (const [host, flow] of ofCluster) {
      const into = flowAt(target, numbers.get(`${cluster} ${host}`) ?? host)
      into.total += flow.total
      into.failed += flow.failed
    }
    merged.set(cluster, target)
  }
  return merged
}

function flowAt(flows: Map<string, Flow>, key: string): Flow {
  const flow = flows.get(key) ?? { total: 0, failed: 0 }
  flows.set(key, flow)
  return flow
}

function add(flow: Flow, failed: boolean): void {
  flow.total++
  if (failed) flow.failed++
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0].localeCompare(right[0], 'en', { numeric: true })
}
