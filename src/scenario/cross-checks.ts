// What a schema cannot see, because it takes two values to judge: windows within the duration, names that must be known or
// unique, and samples too small for what is expected of them. A fault on a cluster without traffic is not refused: that
// runs and is inconclusive.

import { hintFor } from '../core/did-you-mean.ts'
import type { ArrivalsRecord, MeshScenario, ScenarioRecord } from '../core/scenario-record.ts'
import { formatMs } from '../core/units.ts'
import { grpcProblems } from './grpc-checks.ts'
import { describe, type Path, type Problem } from './problem.ts'
import { checkKindOf, faultKindOf, type Registry } from './registry.ts'
import { plannedRequests } from './traffic-rate.ts'

const requestsMax = 1_000_000
const controlPlane = 'control-plane'

/** Everything that needs no definition. */
export function crossChecks(record: MeshScenario, registry: Registry): readonly Problem[] {
  return [
    ...record.traffic.flatMap((traffic, index) => windowProblems(traffic, ['traffic', index], record.durationMs)),
    ...record.traffic.flatMap((traffic, index) => stepProblem(traffic, ['traffic', index])),
    ...record.faults.flatMap((fault, index) => windowProblems(fault, ['faults', index], record.durationMs)),
    ...repeatedFaultNames(record),
    ...unknownFaults(record),
    ...storeProblems(record),
    ...grpcProblems(record),
    ...sampleProblems(record, registry),
  ]
}

function storeProblems({ mesh, faults }: MeshScenario): readonly Problem[] {
  if (mesh.store === 's3') return []
  return faults.flatMap(({ kind }, index) => {
    if (kind !== 'store-outage') return []
    return [
      { path: ['faults', index, kind], text: 'expected mesh.store: s3, because S3 is what fails, found a directory' },
    ]
  })
}

export function windowProblems(
  window: { readonly fromMs: number; readonly untilMs: number },
  path: Path,
  durationMs: number,
): readonly Problem[] {
  const { fromMs, untilMs } = window
  if (untilMs > durationMs) {
    const text = `expected an end within the duration of ${formatMs(durationMs)}, found ${formatMs(untilMs)}`
    return [{ path: [...path, 'until'], text }]
  }
  if (fromMs < untilMs) return []
  const text = `expected a begin before the end at ${formatMs(untilMs)}, found ${formatMs(fromMs)}`
  return [{ path: [...path, 'from'], text }]
}

export function stepProblem(
  traffic: { readonly arrivals: ArrivalsRecord; readonly fromMs: number; readonly untilMs: number },
  path: Path,
): readonly Problem[] {
  const { arrivals, fromMs, untilMs } = traffic
  if (arrivals.kind !== 'step' || (arrivals.atMs > fromMs && arrivals.atMs < untilMs)) return []
  const window = `${formatMs(fromMs)} and ${formatMs(untilMs)}`
  const text = `expected a step between ${window}, found ${formatMs(arrivals.atMs)}`
  return [{ path: [...path, 'arrivals', 'step', 'at'], text }]
}

export function repeatedFaultNames(record: ScenarioRecord): readonly Problem[] {
  const names = record.faults.map((fault) => fault.name)
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return []
    return [{ path: ['faults', index, 'name'], text: `expected a name of its own, found ${describe(name)} once more` }]
  })
}

/** A check setting named `fault` names one of the scenario's faults. */
export function unknownFaults(record: ScenarioRecord): readonly Problem[] {
  const names = record.faults.map((fault) => fault.name)
  return record.expect.flatMap(({ check, config }, index) => {
    if (typeof config !== 'object' || config === null || !('fault' in config)) return []
    const { fault } = config
    if (typeof fault !== 'string' || names.includes(fault)) return []
    const hint = hintFor(fault, names) ?? 'this scenario has no faults'
    const text = `expected the name of a fault of this scenario, found ${describe(fault)}; ${hint}`
    return [{ path: ['expect', index, check, 'fault'], text }]
  })
}

function sampleProblems(record: MeshScenario, registry: Registry): readonly Problem[] {
  const requests = plannedRequests(record.traffic)
  if (requests > requestsMax) {
    const text = `expected at most ${requestsMax} requests a scenario, found ${requests} planned; lower ratePerSecond or duration`
    return [{ path: ['traffic'], text }]
  }
  // Nothing planned at all is no question of the sample's size: it runs and is inconclusive.
  if (requests === 0) return []
  return record.expect.flatMap(({ check, config }, index) => {
    const why = checkKindOf(registry, check)?.unprovable?.(config, requests)
    if (why === undefined) return []
    const text = `expected a sample that can prove ${check}, found ${requests} planned requests: ${why}; raise ratePerSecond or duration, or relax the threshold`
    return [{ path: ['expect', index, check], text }]
  })
}

/** Faults must aim at something: a known cluster and a host that it has, or the control plane. */
export function targetProblems(
  record: MeshScenario,
  clusters: readonly string[],
  registry: Registry,
): readonly Problem[] {
  const known = [...new Set([...clusters, ...Object.keys(record.upstreams)])]
  return record.faults.flatMap((fault, index): readonly Problem[] => {
    const path = ['faults', index, 'target']
    const kind = faultKindOf(registry, fault.kind)
    if (kind?.needsRelay === true && known.includes(fault.target) && !clusters.includes(fault.target)) {
      const text = `expected a cluster of the config, because ${fault.kind} needs its hosts, found ${describe(fault.target)}`
      return [{ path, text: `${text}; known: ${clusters.join(', ')}` }]
    }
    if (known.includes(fault.target)) return hostProblem(record, fault, index)
    if (fault.target !== controlPlane) {
      const hint = hintFor(fault.target, [...known, controlPlane])
      const text = `expected a cluster or ${controlPlane}, found ${describe(fault.target)}`
      return [{ path, text: hint === undefined ? text : `${text}; ${hint}` }]
    }
    if (kind?.plan !== undefined || kind?.needsRelay === true) {
      const text = `expected a cluster, because ${fault.kind} happens to requests, found ${controlPlane}`
      return [{ path, text: `${text}; known: ${known.join(', ')}` }]
    }
    if (fault.host === undefined) return []
    return [{ path: ['faults', index, 'host'], text: `expected no host for ${controlPlane}, found ${fault.host}` }]
  })
}

function hostProblem(record: MeshScenario, fault: MeshScenario['faults'][number], index: number): readonly Problem[] {
  const hosts = record.upstreams[fault.target]?.hosts ?? 1
  if (fault.host === undefined || fault.host <= hosts) return []
  const text = `expected one of the ${hosts} ${hosts === 1 ? 'host' : 'hosts'} of ${fault.target}, found host ${fault.host}`
  return [{ path: ['faults', index, 'host'], text: `${text}; set upstreams.${fault.target}.hosts` }]
}
