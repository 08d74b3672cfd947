// What the records of meshes and pipelines have in common: windows closed, kinds by their names, the line of each
// expectation. A fault setting named `definition` is a path too, because kinds do not know where the scenario's file is.

import { dirname, resolve } from 'node:path'
import type { ArrivalsRecord, FaultRecord } from '../core/scenario-record.ts'
import type { ParsedPipeline } from './pipeline-schema.ts'
import type { Source } from './problem.ts'
import { faultKindOf, type Registry } from './registry.ts'
import type { ParsedMesh } from './schema.ts'
import type { ParsedArrivals, ParsedFaults } from './schema-parts.ts'

/** `endMs`: when a fault of this kind ends that does not say so itself. */
export function commonRecord(
  parsed: ParsedMesh | ParsedPipeline,
  source: Source,
  registry: Registry,
  endMs: (kind: string) => number,
) {
  const folder = dirname(source.absoluteFile)
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
      ('mesh' in parsed && (parsed.mesh.store !== undefined || parsed.mesh.definition === undefined)) ||
      faults.some((fault) => faultKindOf(registry, fault.kind)?.isolated === true),
    ...(parsed.falseAlarm === undefined ? {} : { falseAlarm: parsed.falseAlarm }),
  }
}

export function arrivalsRecord(arrivals: ParsedArrivals): ArrivalsRecord {
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

export function definitionOf(config: unknown): { readonly definition: string } | undefined {
  if (typeof config !== 'object' || config === null || !('definition' in config)) return undefined
  return typeof config.definition === 'string' ? { ...config, definition: config.definition } : undefined
}
