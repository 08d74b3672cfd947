// What the power test of the pipeline's checks is made of: bases, small loads with faults under which the reference pipeline
// passes every check, and mistakes, each of which changes one thing of what is deployed and nothing of what is declared.

import { readFileSync } from 'node:fs'
import type { FaultRecord, ObjectsRecord, OperationRecord, PipelineScenario } from '../../core/scenario-record.ts'
import type { SourceEdit } from '../../environment/pipeline/bundle.ts'
import type { PreparedPipeline } from '../../environment/pipeline/deployed-pipeline.ts'
import type { PipelineConfig } from '../../pipeline/config.ts'
import type { CloudFormationTemplate } from '../../pipeline/template.ts'

export interface PowerBase {
  readonly objects: readonly (Partial<ObjectsRecord> & Pick<ObjectsRecord, 'prefix' | 'ratePerSecond'>)[]
  readonly faults?: readonly FaultRecord[]
  readonly operations?: readonly OperationRecord[]
  readonly expect: Readonly<Record<string, unknown>>
  /** Deployed and declared. */
  readonly config?: (config: PipelineConfig) => PipelineConfig
  /** Smaller constants, so that ten objects show what would take five hundred: the mistake and the reference have them. */
  readonly edits?: readonly SourceEdit[]
}

export interface PowerMistake<BaseName extends string = string> {
  readonly name: string
  /** What somebody did. */
  readonly about: string
  readonly base: BaseName
  readonly edits?: readonly SourceEdit[]
  readonly config?: (config: PipelineConfig) => PipelineConfig
  /** Instead of the base's. */
  readonly settleMs?: number
  readonly template?: (template: CloudFormationTemplate) => CloudFormationTemplate
  /** The check that says it best, and what one finding of it must say. */
  readonly check: string
  readonly says: RegExp
  /** Of that finding. */
  readonly object?: RegExp
  readonly line?: number
}

/** The first waits of an asynchronous retry; all scenarios of one emulator share them. */
const asyncRetryMs = [100, 200] as const
const settleMs = 60_000
const configFile = 'fixtures/pipeline/config.yml'
const loadMs = 1000

/** A scenario of the base; `name` tells the runs apart. */
export function powerScenario(name: string, base: PowerBase, mistake?: PowerMistake): PipelineScenario {
  return {
    name,
    about: 'power',
    file: '(inline)',
    durationMs: loadMs,
    faults: base.faults ?? [],
    expect: Object.entries(base.expect).map(([check, config]) => ({ check, config })),
    isolated: false,
    pipeline: {
      config: configFile,
      shards: 1,
      objects: base.objects.map(objectsOf),
      operations: base.operations ?? [],
      sink: { serviceTimeMs: 0 },
      fanOut: false,
      settleMs: mistake?.settleMs ?? settleMs,
      asyncRetryMs,
    },
  }
}

function objectsOf(source: PowerBase['objects'][number]): ObjectsRecord {
  return {
    bucket: 'shaketable-logs',
    suffix: source.gzip === true ? '.log.gz' : '.log',
    format: 'json',
    gzip: false,
    arrivals: { kind: 'constant' },
    lines: 6,
    lineBytes: 0,
    poisonRatio: 0,
    unreadableRatio: 0,
    equalTexts: false,
    fromMs: 0,
    untilMs: loadMs,
    ...source,
  }
}

/** The mistake, where there is one, in what is deployed. */
export function preparedWith(prepared: PreparedPipeline, base: PowerBase, mistake?: PowerMistake): PreparedPipeline {
  const declared = base.config?.(prepared.config) ?? prepared.config
  const { lanes, handler } = declared
  const edits = [...(base.edits ?? []), ...(mistake?.edits ?? [])]
  return {
    ...prepared,
    config: mistake?.config?.(declared) ?? declared,
    declared: { kind: 'pipeline', lanes, concurrency: handler.concurrency },
    bundle: { edits },
    ...(mistake?.template === undefined ? {} : { mutateTemplate: mistake.template }),
  }
}

/** An edit of a text that is not there, or there twice, would be found out only in the middle of the run. */
export function editProblems(edits: readonly SourceEdit[]): readonly string[] {
  return edits.flatMap(({ file, find }) => {
    const times = readFileSync(file, 'utf8').split(find).length - 1
    return times === 1 ? [] : [`${file}: expected once ${JSON.stringify(find)}, found ${times} times`]
  })
}
