// From the parsed file of a mesh to the record that everything else works with, and the files that it names.

import { basename, dirname, extname, resolve } from 'node:path'
import {
  type ControlPlaneRecord,
  type MeshRecord,
  type MeshScenario,
  meshSorts,
  type TrafficRecord,
  type UpstreamRecord,
} from '../core/scenario-record.ts'
import { missingFiles } from './missing-files.ts'
import type { Problem, Source } from './problem.ts'
import type { Registry } from './registry.ts'
import type { ParsedMesh } from './schema.ts'
import { arrivalsRecord, commonRecord, definitionOf } from './to-record.ts'

export function meshRecord(parsed: ParsedMesh, source: Source, registry: Registry): MeshScenario {
  const folder = dirname(source.absoluteFile)
  return {
    ...commonRecord(parsed, source, registry, () => parsed.duration),
    mesh: configOf(parsed.mesh, folder),
    upstreams: Object.fromEntries(Object.entries(parsed.upstreams).map(([cluster, one]) => [cluster, upstream(one)])),
    traffic: parsed.traffic.map((traffic) => trafficRecord(traffic, parsed.duration)),
  }
}

/** Files that a mesh's record names and that are not there. */
export async function missingMeshFiles(record: MeshScenario): Promise<readonly Problem[]> {
  const { mesh } = record
  const named = meshSorts.flatMap((sort) =>
    typeof mesh[sort] === 'string' ? [{ path: ['mesh', sort], file: mesh[sort], isFolder: sort === 'xds' }] : [],
  )
  // Whatever stands in for what is served is of the same sort; for a control plane that is a directory of xDS objects.
  const isFolder = mesh.xds !== undefined || mesh.controlPlane !== undefined
  return missingFiles([
    ...named,
    ...(mesh.declared === undefined ? [] : [{ path: ['mesh', 'declared'], file: mesh.declared, isFolder }]),
    ...record.faults.flatMap((fault, index) => {
      const file = definitionOf(fault.config)?.definition
      return file === undefined ? [] : [{ path: ['faults', index, fault.kind, 'definition'], file, isFolder }]
    }),
  ])
}

/** Paths absolute, the node named for the file where it has no name. */
function configOf(parsed: ParsedMesh['mesh'], folder: string): MeshRecord {
  const { definition, xds, envoy, configDump, controlPlane, declared, store, stubs } = parsed
  const files = { definition, xds, envoy, configDump, declared }
  const absolute = Object.entries(files).flatMap(([key, path]) =>
    path === undefined ? [] : [[key, resolve(folder, path)]],
  )
  const named = definition ?? xds ?? envoy ?? configDump
  return {
    ...Object.fromEntries(absolute),
    ...(controlPlane === undefined ? {} : { controlPlane: controlPlaneOf(controlPlane, folder) }),
    node: parsed.node ?? (named === undefined ? 'control-plane' : basename(named, extname(named))),
    ...(store === undefined ? {} : { store }),
    ...(Object.keys(stubs).length === 0 ? {} : { stubs }),
  }
}

function controlPlaneOf(
  { command, cwd, env, port, protocol, nodeId }: NonNullable<ParsedMesh['mesh']['controlPlane']>,
  folder: string,
): ControlPlaneRecord {
  return {
    command,
    cwd: resolve(folder, cwd ?? '.'),
    env,
    protocol,
    ...(port === undefined ? {} : { port }),
    ...(nodeId === undefined ? {} : { nodeId }),
  }
}

function upstream({ capacity, grpc, healthCheck, ...rest }: ParsedMesh['upstreams'][string]): UpstreamRecord {
  return {
    ...rest,
    ...(capacity === undefined ? {} : { capacity }),
    ...(grpc === undefined ? {} : { grpc: { ...omit(grpc, 'every'), everyMs: grpc.every } }),
    ...(healthCheck === undefined
      ? {}
      : { healthCheck: { ...omit(healthCheck, 'every'), everyMs: healthCheck.every } }),
  }
}

function omit<Value extends object, Key extends keyof Value>(value: Value, key: Key): Omit<Value, Key> {
  const { [key]: _, ...rest } = value
  return rest
}

function trafficRecord(traffic: ParsedMesh['traffic'][number], durationMs: number): TrafficRecord {
  const headers = Object.entries(traffic.request.headers).map(([name, value]) => [name.toLowerCase(), value])
  const { listener, slowBody, grpc, ...request } = traffic.request
  return {
    request: {
      ...request,
      headers: Object.fromEntries(headers),
      ...(listener === undefined ? {} : { listener }),
      ...(slowBody === undefined ? {} : { slowBody: { parts: slowBody.parts, everyMs: slowBody.every } }),
      ...(grpc === undefined ? {} : { method: 'POST', grpc }),
    },
    ...(traffic.protocol === undefined ? {} : { protocol: traffic.protocol }),
    ratePerSecond: traffic.ratePerSecond,
    arrivals: arrivalsRecord(traffic.arrivals),
    timeoutMs: traffic.timeout,
    fromMs: traffic.from,
    untilMs: traffic.until ?? durationMs,
  }
}
