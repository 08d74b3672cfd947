// From the parsed file of a pipeline scenario to the record that everything else works with, and the file that it names.

import { dirname, resolve } from 'node:path'
import {
  type ObjectsRecord,
  type OperationRecord,
  type PipelineScenario,
  wholeScenarioMs,
} from '../core/scenario-record.ts'
import { missingFiles } from './missing-files.ts'
import type { ParsedPipeline } from './pipeline-schema.ts'
import type { Problem, Source } from './problem.ts'
import { faultKindOf, type Registry } from './registry.ts'
import { arrivalsRecord, commonRecord } from './to-record.ts'

export function pipelineRecord(parsed: ParsedPipeline, source: Source, registry: Registry): PipelineScenario {
  const { config, shards, sink, fanOut, asyncRetry } = parsed.pipeline
  const endMs = (kind: string) =>
    faultKindOf(registry, kind)?.injectPipeline === undefined ? wholeScenarioMs : parsed.duration
  return {
    ...commonRecord(parsed, source, registry, endMs),
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

export function missingPipelineFiles({ pipeline }: PipelineScenario): Promise<readonly Problem[]> {
  return missingFiles([{ path: ['pipeline', 'config'], file: pipeline.config }])
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
