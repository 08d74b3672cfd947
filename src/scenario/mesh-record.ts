// From the parsed file of a mesh to the record that everything else works with, and the files that it names.

import { basename, dirname, extname, resolve } from 'node:path'
import type { MeshScenario, TrafficRecord } from '../core/scenario-record.ts'
import { missingFiles } from './missing-files.ts'
import type { Problem, Source } from './problem.ts'
import type { Registry } from './registry.ts'
import type { ParsedMesh } from './schema.ts'
import { arrivalsRecord, commonRecord, definitionOf } from './to-record.ts'

export function meshRecord(parsed: ParsedMesh, source: Source, registry: Registry): MeshScenario {
  const folder = dirname(source.absoluteFile)
  return {
    ...commonRecord(parsed, source, registry, () => parsed.duration),
    mesh: {
      definition: resolve(folder, parsed.mesh.definition),
      node: parsed.mesh.node ?? basename(parsed.mesh.definition, extname(parsed.mesh.definition)),
      declared: resolve(folder, parsed.mesh.declared ?? parsed.mesh.definition),
      ...(parsed.mesh.store === undefined ? {} : { store: parsed.mesh.store }),
    },
    upstreams: Object.fromEntries(Object.entries(parsed.upstreams).map(([cluster, one]) => [cluster, upstream(one)])),
    traffic: parsed.traffic.map((traffic) => trafficRecord(traffic, parsed.duration)),
  }
}

/** Files that a mesh's record names and that are not there. */
export async function missingMeshFiles(record: MeshScenario, parsed: ParsedMesh): Promise<readonly Problem[]> {
  return missingFiles([
    { path: ['mesh', 'definition'], file: record.mesh.definition },
    ...(parsed.mesh.declared === undefined ? [] : [{ path: ['mesh', 'declared'], file: record.mesh.declared }]),
    ...record.faults.flatMap((fault, index) => {
      const file = definitionOf(fault.config)?.definition
      return file === undefined ? [] : [{ path: ['faults', index, fault.kind, 'definition'], file }]
    }),
  ])
}

function upstream({ capacity, ...rest }: ParsedMesh['upstreams'][string]) {
  return { ...rest, ...(capacity === undefined ? {} : { capacity }) }
}

function trafficRecord(traffic: ParsedMesh['traffic'][number], durationMs: number): TrafficRecord {
  const headers = Object.entries(traffic.request.headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    request: { ...traffic.request, headers: Object.fromEntries(headers) },
    ratePerSecond: traffic.ratePerSecond,
    arrivals: arrivalsRecord(traffic.arrivals),
    timeoutMs: traffic.timeout,
    fromMs: traffic.from,
    untilMs: traffic.until ?? durationMs,
  }
}
