// One scenario's pipeline in a running environment: its stack, its faults, what watches it, and what a person can do to it.

import { monotonicMs } from '../../core/clock.ts'
import type { FaultKind, PipelineSurface } from '../../core/fault.ts'
import type { NewEvent } from '../../core/history.ts'
import type { OperationRecord, PipelineScenario } from '../../core/scenario-record.ts'
import { stopAll } from '../../core/stop-all.ts'
import type { PipelineConfig } from '../../pipeline/config.ts'
import type { DeclaredPipeline } from '../../pipeline/declared-pipeline.ts'
import { resourceNames, roleOf } from '../../pipeline/function-roles.ts'
import type { CloudFormationTemplate } from '../../pipeline/template.ts'
import type { HopCallSeen, HopDecision } from '../aws-hop/hop-context.ts'
import type { Emulator } from '../emulator/emulator.ts'
import type { Sink } from '../sink/sink.ts'
import { adaptConfig } from './adapt-config.ts'
import type { AwsClients } from './aws-clients.ts'
import type { BundleOptions } from './bundle.ts'
import { createStack, createSurroundings, deleteStack, uploadCode } from './deploy-stack.ts'
import { startFanOutQueue } from './fan-out-queue.ts'
import { faultDecider } from './fault-decider.ts'
import type { FunctionOwner } from './function-events.ts'
import { startLaneReader } from './lane-reader.ts'
import type { ObjectPuts } from './object-puts.ts'
import { operator } from './operator.ts'
import { bundlesOf, codeBucketOf, stackTemplate } from './stack-template.ts'
import { startTableWatch } from './table-watch.ts'

export interface PutLine {
  readonly lines: number
  messageOf(line: number): string
  timestampOf?(line: number): number | undefined
}

export interface PreparedPipeline {
  readonly record: PipelineScenario
  /** Unique in the run: `p3`. */
  readonly key: string
  /** What is served; `declared` is what the run is held to. */
  readonly config: PipelineConfig
  readonly declared: DeclaredPipeline
  /** Where objects are to go; the run is held to it. */
  readonly declaredRouting: PipelineConfig['routing']
  /** For tests of the oracle: other functions than the reference ones. */
  readonly bundle?: Partial<BundleOptions>
  /** For tests of the oracle: changes the compiled template before it is deployed. */
  readonly mutateTemplate?: (template: CloudFormationTemplate) => CloudFormationTemplate
}

export interface DeployParts {
  readonly seed: string
  readonly faultKinds: readonly FaultKind[]
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
  readonly originMs: number
  readonly wallOffsetMs: number
  /** Of the run and of the emulator: nothing goes on after it. */
  readonly signal: AbortSignal
  readonly aws: AwsClients
  readonly puts: ObjectPuts
  readonly emulator: Emulator
  readonly sink: Sink
  /** The sink through the fault hop. */
  readonly sinkUrl: string
}

export interface DeployedPipeline {
  readonly scenario: string
  readonly changes: readonly string[]
  readonly surface: PipelineSurface
  /** The config as it is deployed, with this scenario's names. */
  readonly config: PipelineConfig
  readonly put: ObjectPuts['put']
  bucketOf(name: string): string
  hasBucket(deployed: string): boolean
  /** What was put under this name; told before the put. */
  knowObject(object: string, content: PutLine): void
  ownerOf(functionName: string): FunctionOwner | undefined
  decideCall(call: HopCallSeen): HopDecision | undefined
  /** Faults count their windows from here on. Monotonic time. */
  begin(startMs: number): void
  operate(operation: OperationRecord, signal: AbortSignal): Promise<void>
  /** Reads lanes and table to their ends. */
  look(): Promise<void>
  remove(): Promise<void>
}

/** @throws EnvironmentError when it does not deploy, InputError for a handler that does not load */
export async function deployPipeline(
  prepared: PreparedPipeline,
  parts: DeployParts,
  known: (pipeline: DeployedPipeline) => void,
): Promise<DeployedPipeline> {
  const { record, key } = prepared
  const { aws, emit, now, signal } = parts
  const buckets = [...new Set(record.pipeline.objects.map(({ bucket }) => bucket))]
  const { config, changes, bucketOf } = adaptConfig(prepared.config, key, buckets)
  const names = resourceNames(config, config.stackName)
  const contents = new Map<string, PutLine>()
  parts.sink.serve({
    key,
    scenario: record.name,
    serviceTimeMs: record.pipeline.sink.serviceTimeMs,
    ...(record.pipeline.sink.capacity === undefined ? {} : { capacity: record.pipeline.sink.capacity }),
    contentOf: (object) => contents.get(object),
  })
  const stops: (() => Promise<void>)[] = []
  const faults = decisions(prepared, parts)
  const watch = { scenario: record.name, emit, now }
  let look = async () => {}
  const pipeline: DeployedPipeline = {
    scenario: record.name,
    changes,
    config,
    put: parts.puts.put,
    surface: {
      async freezeEmulator() {
        await parts.emulator.freeze()
        return () => parts.emulator.thaw()
      },
    },
    bucketOf,
    hasBucket: (deployed) => buckets.some((bucket) => bucketOf(bucket) === deployed),
    knowObject: (object, content) => void contents.set(object, content),
    ownerOf: (functionName) => {
      const role = roleOf(config.stackName, functionName)
      return role === undefined ? undefined : { scenario: record.name, role, decide: faults.decideInvocation }
    },
    decideCall: faults.decideCall,
    begin: faults.begin,
    operate: operator({ ...parts, config, table: names.table, latencyMs: () => parts.sink.latencyOf(key), watch }),
    look: () => look(),
    // Where everything is being ended the stack goes with the emulator.
    remove: () =>
      stopAll([
        ...stops.splice(0).reverse(),
        async () => (signal.aborted ? undefined : deleteStack(config.stackName, aws)),
      ]),
  }
  known(pipeline)
  try {
    await createSurroundings(config, buckets.map(bucketOf), aws, record.pipeline.shards)
    await uploadCode(await bundlesOf(prepared), codeBucketOf(key), aws)
    await createStack(config.stackName, stackTemplate(prepared, config, parts.sinkUrl), aws, signal)
    const lanes = await startLaneReader({ ...watch, kinesis: aws.kinesis, streams: names.streams, ...parts })
    stops.push(() => lanes.stop())
    const table = startTableWatch({ ...watch, dynamodb: aws.dynamodb, table: names.table })
    stops.push(() => table.stop())
    const watches = [lanes, table]
    const [topic] = config.topics
    if (record.pipeline.fanOut && topic !== undefined) {
      const queue = await startFanOutQueue({
        ...watch,
        sns: aws.sns,
        sqs: aws.sqs,
        topicArn: topic.arn,
        name: `fan-out-${key}`,
        consumer: 'queue',
      })
      watches.push(queue)
      stops.push(() => queue.stop())
    }
    look = async () => {
      for (const watch of watches) await watch.look()
    }
    return pipeline
  } catch (error) {
    await pipeline.remove().catch(() => {})
    throw error
  }
}

function decisions({ record }: PreparedPipeline, { faultKinds, seed }: DeployParts) {
  let startMs = Number.POSITIVE_INFINITY
  const decider = faultDecider({ scenario: record, kinds: faultKinds, seed, elapsedMs: () => monotonicMs() - startMs })
  return {
    begin: (atMs: number) => {
      startMs = atMs
    },
    decideCall: decider.decideCall,
    decideInvocation: decider.decideInvocation,
  }
}
