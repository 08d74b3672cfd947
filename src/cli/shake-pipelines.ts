// The pipeline half of a shake: configs and what they declare, and the real parts that run/ puts into order.

import { EnvironmentError } from '../core/errors.ts'
import type { FaultKind } from '../core/fault.ts'
import type { PipelineScenario } from '../core/scenario-record.ts'
import type { DeployedPipeline, PreparedPipeline } from '../environment/pipeline/deployed-pipeline.ts'
import { startPipelineEnvironment } from '../environment/pipeline/pipeline-environment.ts'
import { rehearse } from '../environment/pipeline/stack-template.ts'
import type { LocalstackTool } from '../environment/tools/localstack-tool.ts'
import { runObjectLoad } from '../load/objects/object-load.ts'
import { loadPipelineConfig, type PipelineConfig } from '../pipeline/config.ts'
import type { DeclaredPipeline } from '../pipeline/declared-pipeline.ts'
import { laneOf } from '../pipeline/routing.ts'
import type { DeployedPipeline as RunPipeline } from '../run/parts.ts'
import { pipelineSettling } from '../run/pipeline-settled.ts'
import type { RunOptions } from '../run/run.ts'
import type { Guard } from './guarded.ts'
import { registry } from './registry.ts'

export type PreparedPipelines = ReadonlyMap<string, PreparedPipeline>
export type MutatePipeline = (prepared: PreparedPipeline) => PreparedPipeline

/** @throws InputError for a config that is not right, or a handler that does not load */
export async function preparePipelines(
  records: readonly PipelineScenario[],
  mutate: MutatePipeline = (prepared) => prepared,
): Promise<PreparedPipelines> {
  const entries = new Map<string, PreparedPipeline>()
  for (const [index, record] of records.entries()) {
    const prepared = preparedOf(record, `p${index + 1}`, await loadPipelineConfig(record.pipeline.config))
    // What is wrong shows here, and what is bundled here need not be bundled when it is deployed.
    await rehearse(prepared)
    entries.set(record.name, mutate(prepared))
  }
  return entries
}

/** Declares what it deploys. */
function preparedOf(record: PipelineScenario, key: string, config: PipelineConfig): PreparedPipeline {
  const { lanes, handler, routing } = config
  const declared: DeclaredPipeline = { kind: 'pipeline', lanes, concurrency: handler.concurrency }
  return { record, key, config, declared, declaredRouting: routing }
}

export interface PipelineShake {
  readonly prepared: PreparedPipelines
  /** Default: those of the registry. */
  readonly faultKinds?: readonly FaultKind[]
  readonly seed: string
  readonly guard: Guard
  readonly localstack: LocalstackTool | undefined
  readonly originMs: number
  readonly wallOffsetMs: number
}

/** What the stacks use, and their deployment. */
const services = ['cloudformation', 'dynamodb', 'iam', 'kinesis', 'lambda', 'logs', 's3', 'sns', 'sqs', 'sts']

export function pipelineParts(shake: PipelineShake): Pick<RunOptions, 'pipelines' | 'startPipelines'> {
  const { prepared, seed, guard, originMs } = shake
  return {
    pipelines: [...prepared.values()].map(({ record }) => record),
    async startPipelines(members, suffix, emit) {
      if (shake.localstack === undefined) throw new EnvironmentError('LocalStack was not provided')
      const settlings = new Map(
        members.map(({ name, pipeline }) => [name, pipelineSettling({ fanOut: pipeline.fanOut })]),
      )
      const tell: typeof emit = (event) => {
        settlings.get(event.scenario)?.observe(event)
        emit(event)
      }
      const environment = await startPipelineEnvironment({
        suffix,
        watchdog: guard.watchdog,
        tool: shake.localstack,
        seed,
        originMs,
        wallOffsetMs: shake.wallOffsetMs,
        scenarios: members.flatMap(({ name }) => prepared.get(name) ?? []),
        faultKinds: shake.faultKinds ?? registry.faults,
        services,
        emit: tell,
        signal: guard.signal,
      })
      return {
        readyMs: environment.readyMs,
        lost: environment.lost,
        async deploy(record) {
          const pipeline = await environment.deploy(record.name)
          return { ...runnable(pipeline, record, shake, tell), missing: () => settlings.get(record.name)?.missing() }
        },
        stop: environment.stop,
      }
    },
  }
}

function runnable(
  pipeline: DeployedPipeline,
  scenario: PipelineScenario,
  { seed, originMs, prepared }: PipelineShake,
  emit: Parameters<RunOptions['startPipelines']>[2],
): Omit<RunPipeline, 'missing'> {
  const routing = prepared.get(scenario.name)?.declaredRouting ?? []
  return {
    ...pipeline,
    load: (startMs, signal) =>
      runObjectLoad({
        scenario,
        seed,
        startMs,
        originMs,
        destOf: (bucket, key) => laneOf({ routing }, bucket, key),
        bucketOf: pipeline.bucketOf,
        put: pipeline.put,
        onObject: pipeline.knowObject,
        emit,
        signal,
      }),
  }
}
