// From the parsed file to the record that everything else works with: windows closed, names filled in, paths absolute. A
// fault setting named `definition` is a path too, because kinds do not know where the scenario's file is.

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { nearest } from '../core/did-you-mean.ts'
import type {
  ArrivalsRecord,
  FaultRecord,
  MeshScenario,
  ObjectsRecord,
  OperationRecord,
  PipelineScenario,
  TrafficRecord,
} from '../core/scenario-record.ts'
import type { ParsedPipeline } from './pipeline-schema.ts'
import type { Path, Problem, Source } from './problem.ts'
import { faultKindOf, type Registry } from './registry.ts'
import type { ParsedMesh } from './schema.ts'
import type { ParsedArrivals, ParsedFaults } from './schema-parts.ts'

export function meshRecord(parsed: ParsedMesh, source: Source, registry: Registry): MeshScenario {
  const folder = dirname(source.absoluteFile)
  return {
    ...commonRecord(parsed, source, registry),
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

export function pipelineRecord(parsed: ParsedPipeline, source: Source, registry: Registry): PipelineScenario {
  const { config, shards, sink, fanOut, asyncRetry } = parsed.pipeline
  return {
    ...commonRecord(parsed, source, registry),
    pipeline: {
      config: resolve(dirname(source.absoluteFile), config),
      shards,
      objects: parsed.objects.map((objects) => objectsRecord(objects, parsed.duration)),
      operations: parsed.operations.map(operationRecord),
      sink: {
        serviceTimeMs: sink.serviceTime,
        ...(sink.capacity === undefined ? {} : { capacity: sink.capacity }),
      },
      fanOut,
      settleMs: parsed.settle,
      asyncRetryMs: asyncRetry,
    },
  }
}

/** A pipeline goes on after its load: what is planned for its calls holds until all is settled and drained. */
const wholeScenarioMs = 3_600_000

function commonRecord(parsed: ParsedMesh | ParsedPipeline, source: Source, registry: Registry) {
  const folder = dirname(source.absoluteFile)
  const endMs = (kind: string) =>
    'pipeline' in parsed && faultKindOf(registry, kind)?.injectPipeline === undefined
      ? wholeScenarioMs
      : parsed.duration
  const faults = parsed.faults.map((fault) => faultRecord(fault, endMs(fault.kind), folder))
  return {
    name: parsed.name,
    about: parsed.about,
    file: source.file,
    durationMs: parsed.duration,
    faults,
    expect: parsed.expect.map(({ check, config }, index) => {
      const { line } = source.place(['expect', index, check])
      return { check, config, ...(line === undefined ? {} : { line }) }
    }),
    isolated:
      parsed.isolated ||
      ('mesh' in parsed && parsed.mesh.store !== undefined) ||
      faults.some((fault) => faultKindOf(registry, fault.kind)?.isolated === true),
    ...(parsed.falseAlarm === undefined ? {} : { falseAlarm: parsed.falseAlarm }),
  }
}

function objectsRecord(parsed: ParsedPipeline['objects'][number], durationMs: number): ObjectsRecord {
  const { suffix, arrivals, from, until, ...rest } = parsed
  return {
    ...rest,
    suffix: suffix ?? (rest.gzip ? '.log.gz' : '.log'),
    arrivals: arrivalsRecord(arrivals),
    fromMs: from,
    untilMs: until ?? durationMs,
  }
}

function operationRecord(parsed: ParsedPipeline['operations'][number]): OperationRecord {
  const { when } = parsed
  if ('drain' in parsed) return { when, kind: 'drain', ...parsed.drain }
  if ('limit' in parsed) {
    const { lane, delay, batchSize } = parsed.limit
    return {
      when,
      kind: 'limit',
      lane,
      ...(delay === undefined ? {} : { delayMs: delay }),
      ...(batchSize === undefined ? {} : { batchSize }),
    }
  }
  const { lane, latencyTarget, every } = parsed.control
  return { when, kind: 'control', lane, latencyTargetMs: latencyTarget, everyMs: every }
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

function arrivalsRecord(arrivals: ParsedArrivals): ArrivalsRecord {
  if (typeof arrivals === 'string') return { kind: arrivals }
  if ('ramp' in arrivals) return { kind: 'ramp', toPerSecond: arrivals.ramp.to }
  return { kind: 'step', toPerSecond: arrivals.step.to, atMs: arrivals.step.at }
}

function faultRecord(fault: ParsedFaults[number], endMs: number, folder: string): FaultRecord {
  const { name, kind, target, host } = fault
  const config = definitionOf(fault.config)
  return {
    name,
    kind,
    target,
    ...(host === undefined ? {} : { host }),
    fromMs: fault.from,
    untilMs: fault.until ?? endMs,
    config: config === undefined ? fault.config : { ...config, definition: resolve(folder, config.definition) },
  }
}

function definitionOf(config: unknown): { readonly definition: string } | undefined {
  if (typeof config !== 'object' || config === null || !('definition' in config)) return undefined
  return typeof config.definition === 'string' ? { ...config, definition: config.definition } : undefined
}

/** Files that a mesh's record names and that are not there. */
export async function missingMeshFiles(record: MeshScenario, parsed: ParsedMesh): Promise<readonly Problem[]> {
  return missing([
    { path: ['mesh', 'definition'], file: record.mesh.definition },
    ...(parsed.mesh.declared === undefined ? [] : [{ path: ['mesh', 'declared'], file: record.mesh.declared }]),
    ...record.faults.flatMap((fault, index) => {
      const file = definitionOf(fault.config)?.definition
      return file === undefined ? [] : [{ path: ['faults', index, fault.kind, 'definition'], file }]
    }),
  ])
}

export function missingPipelineFiles({ pipeline }: PipelineScenario): Promise<readonly Problem[]> {
  return missing([{ path: ['pipeline', 'config'], file: pipeline.config }])
}

async function missing(named: readonly { readonly path: Path; readonly file: string }[]): Promise<readonly Problem[]> {
  const problems = await Promise.all(named.map(({ path, file }) => missingFile(path, file)))
  return problems.flatMap((problem) => problem ?? [])
}

async function missingFile(path: Path, file: string): Promise<Problem | undefined> {
  const stats = await stat(file).catch(() => undefined)
  if (stats?.isFile()) return undefined
  const neighbours = await readdir(dirname(file)).catch(() => [] as string[])
  const guess = stats === undefined ? nearest(basename(file), neighbours) : undefined
  const hint = guess === undefined ? "paths are relative to the scenario's file" : `did you mean ${guess}?`
  const found = stats === undefined ? 'none' : 'a folder'
  return { path, text: `expected a file at ${file}, found ${found}; ${hint}` }
}
