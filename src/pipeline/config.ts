// Loads a pipeline's `config.yml` into a record with defaults filled in, durations in milliseconds and the handler's path
// absolute. Everything that can be wrong with it comes out as one InputError that lists the problems with their places.

import { dirname, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { LaneName } from '../core/history.ts'
import { problemList, schemaProblems } from './config-problems.ts'
import { ruleProblems } from './config-rules.ts'
import { type ConfigFile, configSchema } from './config-schema.ts'
import { type ConfigSource, parseConfigSource, readConfigSource } from './config-source.ts'
import type { HandlerArgs } from './handler.ts'
import type { Routing } from './routing.ts'

export type RoleArnName = 'event-pusher' | 'dispatcher' | 'main' | 'reporter' | 'drain'

export interface LaneConfig {
  readonly batchSize: number
  readonly delayMs: number
}

export interface PipelineConfig extends Routing {
  /** As the user gave it. */
  readonly file: string
  readonly stackName: string
  readonly description: string
  /** Where a deployment to AWS puts the functions' code. */
  readonly code?: { readonly bucket: string; readonly prefix: string }
  readonly topics: readonly { readonly name: string; readonly arn: string }[]
  /** ARNs of what is there already; what is not given is created. */
  readonly given: {
    readonly streamArns: Partial<Readonly<Record<LaneName, string>>>
    readonly tableArn?: string
    readonly dlqTopicArn?: string
    readonly roleArns: Partial<Readonly<Record<RoleArnName, string>>>
  }
  readonly lanes: Readonly<Record<LaneName, LaneConfig>>
  readonly handler: {
    /** Absolute. */
    readonly path: string
    /** As written, with `${NAME}` not yet replaced. */
    readonly args: HandlerArgs
    readonly concurrency: number
  }
}

/** @throws InputError */
export async function loadPipelineConfig(file: string): Promise<PipelineConfig> {
  return check(await readConfigSource(file), file)
}

/** The same from text. @throws InputError */
export function parsePipelineConfig(text: string, file: string): PipelineConfig {
  return check(parseConfigSource(text, file), file)
}

/**
 * The handler's arguments with every `${NAME}` in a text replaced.
 * @throws InputError for a name without a value
 */
export function expandArgs(args: HandlerArgs, variables: Readonly<Record<string, string | undefined>>): HandlerArgs {
  const expand = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => resolved(name))
    if (Array.isArray(value)) return value.map(expand)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]))
  }
  const resolved = (name: string): string => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined)
      throw new InputError(`handler.args: expected a value for \${${name}}, found none; set ${name}`)
    return value
  }
  return expand(args) as HandlerArgs
}

function check(source: ConfigSource, file: string): PipelineConfig {
  const result = configSchema.safeParse(source.value)
  if (!result.success) throw problemList(source, file, schemaProblems(result.error, source.value))
  const handlerPath = resolve(dirname(file), result.data.handler.path)
  const problems = ruleProblems(result.data, handlerPath)
  if (problems.length > 0) throw problemList(source, file, problems)
  return toConfig(result.data, file, handlerPath)
}

function toConfig(config: ConfigFile, file: string, handlerPath: string): PipelineConfig {
  const { backend, handler } = config
  const sam = config.sam ?? config.base?.sam
  const lane = (name: LaneName): LaneConfig => {
    const { batch_size = 1, delay = 0 } = backend.lane?.[name] ?? {}
    return { batchSize: batch_size, delayMs: Math.round(delay * 1000) }
  }
  return {
    file,
    stackName: config.stack_name,
    description: config.description ?? '',
    ...(sam === undefined ? {} : { code: { bucket: sam.code_bucket, prefix: sam.code_prefix ?? '' } }),
    topics: backend.sns_topics,
    given: {
      streamArns: defined({ fast: backend.kinesis_stream_fast_arn, slow: backend.kinesis_stream_slow_arn }),
      ...(backend.dynamodb_arn === undefined ? {} : { tableArn: backend.dynamodb_arn }),
      ...(backend.dlq_sns_arn === undefined ? {} : { dlqTopicArn: backend.dlq_sns_arn }),
      roleArns: defined({
        'event-pusher': backend.role_arn?.event_pusher,
        dispatcher: backend.role_arn?.dispatcher,
        main: handler.role_arn,
        reporter: backend.role_arn?.reporter,
        drain: backend.role_arn?.drain,
      }),
    },
    lanes: { fast: lane('fast'), slow: lane('slow') },
    handler: { path: handlerPath, args: handler.args ?? {}, concurrency: handler.concurrency ?? 5 },
    routing: (config.routing ?? []).map(({ bucket, prefix, dest }) => ({
      ...(bucket === undefined ? {} : { bucket }),
      prefix: prefix ?? '',
      dest,
    })),
    bucketMapping: Object.fromEntries(
      Object.entries(config.bucket_mapping).map(([bucket, rules]) => [
        bucket,
        rules.map(({ prefix, format }) => ({ prefix: prefix ?? '', format })),
      ]),
    ),
  }
}

function defined<Key extends string>(values: Readonly<Record<Key, string | undefined>>): Partial<Record<Key, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Key, string>
  >
}
