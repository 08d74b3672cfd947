// What a pipeline scenario's schema cannot see, because it takes two values to judge, and what needs no config: windows,
// names used twice, operations out of order, gzip faults on plain files, more objects or lines than a run can carry.

import type { FaultRecord, ObjectsRecord, PipelineScenario } from '../core/scenario-record.ts'
import { formatMs } from '../core/units.ts'
import { repeatedFaultNames, stepProblem, unknownFaults, windowProblems } from './cross-checks.ts'
import type { Problem } from './problem.ts'
import { checkKindOf, faultKindOf, type Registry } from './registry.ts'
import { plannedRequests } from './traffic-rate.ts'

const objectsMax = 100_000
const linesMax = 5_000_000

export function pipelineChecks(record: PipelineScenario, registry: Registry): readonly Problem[] {
  const { pipeline, durationMs } = record
  return [
    ...pipeline.objects.flatMap((objects, index) => objectsProblems(objects, index, durationMs)),
    ...record.faults.flatMap((fault, index) =>
      windowProblems(fault, ['faults', index], faultsEndMs(fault, registry, durationMs)),
    ),
    ...repeatedFaultNames(record),
    ...unknownFaults(record),
    ...operationProblems(record),
    ...sampleProblems(record, registry),
  ]
}

/** Acting faults act during the load; planned ones may last for as long as anything is under way. */
function faultsEndMs({ kind }: FaultRecord, registry: Registry, durationMs: number): number {
  return faultKindOf(registry, kind)?.injectPipeline === undefined ? Number.POSITIVE_INFINITY : durationMs
}

function objectsProblems(objects: ObjectsRecord, index: number, durationMs: number): readonly Problem[] {
  const path = ['objects', index]
  const broken = objects.unreadableRatio > 0 && !objects.gzip
  const text = `expected gzip: true, because only a gzip can be broken, found gzip: false`
  return [
    ...windowProblems(objects, path, durationMs),
    ...stepProblem(objects, path),
    ...(broken ? [{ path: [...path, 'unreadableRatio'], text }] : []),
  ]
}

/** Times first, in order; then what waits for everything to be settled. */
function operationProblems({ pipeline: { operations }, durationMs }: PipelineScenario): readonly Problem[] {
  let latest: number | 'settled' = 0
  return operations.flatMap(({ when }, index) => {
    const path = ['operations', index, 'when']
    const before = latest
    latest = when
    if (when === 'settled') return []
    if (before === 'settled') return [{ path, text: `expected settled, as the one before, found ${formatMs(when)}` }]
    if (when > durationMs) {
      const text = `expected a time within the duration of ${formatMs(durationMs)}, or settled, found ${formatMs(when)}`
      return [{ path, text }]
    }
    return when >= before
      ? []
      : [{ path, text: `expected a time not before ${formatMs(before)}, found ${formatMs(when)}` }]
  })
}

function sampleProblems(record: PipelineScenario, registry: Registry): readonly Problem[] {
  const objects = plannedRequests(record.pipeline.objects)
  const lines = record.pipeline.objects.reduce((sum, one) => sum + plannedRequests([one]) * one.lines, 0)
  const path = ['objects']
  if (objects > objectsMax) return [{ path, text: `expected at most ${objectsMax} objects, found ${objects} planned` }]
  if (lines > linesMax) return [{ path, text: `expected at most ${linesMax} lines, found ${lines} planned` }]
  if (lines === 0) return []
  return record.expect.flatMap(({ check, config }, index) => {
    const why = checkKindOf(registry, check)?.unprovable?.(config, lines)
    if (why === undefined) return []
    const text = `expected a sample that can prove ${check}, found ${lines} planned lines: ${why}`
    return [{ path: ['expect', index, check], text }]
  })
}
