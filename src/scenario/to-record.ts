// From the parsed file to the record that everything else works with: windows closed, names filled in, paths absolute. A
// fault setting named `definition` is a path too, because kinds do not know where the scenario's file is.

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import type { ArrivalsRecord, FaultRecord, ScenarioRecord, TrafficRecord } from '../core/scenario-record.ts'
import { nearest } from './did-you-mean.ts'
import type { Path, Problem, Source } from './problem.ts'
import { faultKindOf, type Registry } from './registry.ts'
import type { ParsedScenario } from './schema.ts'

export function toRecord(parsed: ParsedScenario, source: Source, registry: Registry): ScenarioRecord {
  const folder = dirname(source.absoluteFile)
  const durationMs = parsed.duration
  const faults = parsed.faults.map((fault) => faultRecord(fault, durationMs, folder))
  return {
    name: parsed.name,
    about: parsed.about,
    file: source.file,
    mesh: {
      definition: resolve(folder, parsed.mesh.definition),
      node: parsed.mesh.node ?? basename(parsed.mesh.definition, extname(parsed.mesh.definition)),
      declared: resolve(folder, parsed.mesh.declared ?? parsed.mesh.definition),
    },
    upstreams: Object.fromEntries(Object.entries(parsed.upstreams).map(([cluster, one]) => [cluster, upstream(one)])),
    traffic: parsed.traffic.map((traffic) => trafficRecord(traffic, durationMs)),
    durationMs,
    faults,
    expect: parsed.expect.map(({ check, config }, index) => {
      const { line } = source.place(['expect', index, check])
      return { check, config, ...(line === undefined ? {} : { line }) }
    }),
    isolated: parsed.isolated || faults.some((fault) => faultKindOf(registry, fault.kind)?.isolated === true),
    ...(parsed.falseAlarm === undefined ? {} : { falseAlarm: parsed.falseAlarm }),
  }
}

function upstream({ capacity, ...rest }: ParsedScenario['upstreams'][string]) {
  return { ...rest, ...(capacity === undefined ? {} : { capacity }) }
}

function trafficRecord(traffic: ParsedScenario['traffic'][number], durationMs: number): TrafficRecord {
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

function arrivalsRecord(arrivals: ParsedScenario['traffic'][number]['arrivals']): ArrivalsRecord {
  if (typeof arrivals === 'string') return { kind: arrivals }
  if ('ramp' in arrivals) return { kind: 'ramp', toPerSecond: arrivals.ramp.to }
  return { kind: 'step', toPerSecond: arrivals.step.to, atMs: arrivals.step.at }
}

function faultRecord(fault: ParsedScenario['faults'][number], durationMs: number, folder: string): FaultRecord {
  const { name, kind, target, host } = fault
  const config = definitionOf(fault.config)
  return {
    name,
    kind,
    target,
    ...(host === undefined ? {} : { host }),
    fromMs: fault.from,
    untilMs: fault.until ?? durationMs,
    config: config === undefined ? fault.config : { ...config, definition: resolve(folder, config.definition) },
  }
}

function definitionOf(config: unknown): { readonly definition: string } | undefined {
  if (typeof config !== 'object' || config === null || !('definition' in config)) return undefined
  return typeof config.definition === 'string' ? { ...config, definition: config.definition } : undefined
}

/** Files that the record names and that are not there. */
export async function missingFiles(record: ScenarioRecord, parsed: ParsedScenario): Promise<readonly Problem[]> {
  const named: { readonly path: Path; readonly file: string }[] = [
    { path: ['mesh', 'definition'], file: record.mesh.definition },
    ...(parsed.mesh.declared === undefined ? [] : [{ path: ['mesh', 'declared'], file: record.mesh.declared }]),
    ...record.faults.flatMap((fault, index) => {
      const file = definitionOf(fault.config)?.definition
      return file === undefined ? [] : [{ path: ['faults', index, fault.kind, 'definition'], file }]
    }),
  ]
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
