// The functions of the template, each with its environment. Sizes and times are those of the pipeline: 128 MB and 300 s,
// Main 1024 MB.

import { InputError } from '../core/errors.ts'
import type { LaneName } from '../core/history.ts'
import type { PipelineConfig } from './config.ts'
import { functionTimeoutMs } from './config-rules.ts'
import { type FunctionRole, functionNameOf, functionRoles, type ResourceNames, variable } from './function-roles.ts'
import type { HandlerArgs } from './handler.ts'
import type { CloudFormationResource, CompileOptions } from './template.ts'

/** ARNs as they stand in the template: text where given, a reference where created. */
export interface ArnOf {
  readonly streams: Readonly<Record<LaneName, unknown>>
  readonly table: unknown
  readonly dlqTopic: unknown
  function(role: FunctionRole): unknown
  role(role: FunctionRole): unknown
}

/** The newest that LocalStack 4.8.1 knows. */
const runtime = 'nodejs22.x'
/** AWS's own limit for all variables of a function. */
const environmentBytesMax = 4096

/** Logical id: `dispatcher-fast` is `DispatcherFast`. */
export function functionId(role: FunctionRole): string {
  return role.replace(/(^|-)([a-z])/g, (_whole, _hyphen, letter: string) => letter.toUpperCase())
}

export function streamId(lane: LaneName): string {
  return lane === 'fast' ? 'StreamFast' : 'StreamSlow'
}

interface FunctionOptions extends Pick<CompileOptions, 'stackName' | 'code'> {
  readonly names: ResourceNames
  readonly handlerArgs: HandlerArgs
}

/** @throws InputError where a function's environment would be too large */
export function functionResources(
  config: PipelineConfig,
  arns: ArnOf,
  options: FunctionOptions,
): Record<string, CloudFormationResource> {
  return Object.fromEntries(
    functionRoles.map((role) => {
      const parked = role === 'event-pusher' || role === 'main'
      return [
        functionId(role),
        {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: functionNameOf(options.stackName, role),
            Runtime: runtime,
            Handler: 'index.handler',
            Code: { S3Bucket: options.code.bucket, S3Key: options.code.keys[role] },
            Role: arns.role(role),
            MemorySize: role === 'main' ? 1024 : 128,
            Timeout: functionTimeoutMs / 1000,
            ...(role === 'main' ? { ReservedConcurrentExecutions: config.handler.concurrency } : {}),
            ...(parked ? { DeadLetterConfig: { TargetArn: arns.dlqTopic } } : {}),
            Environment: { Variables: bounded(config, role, environmentOf(config, arns, options, role)) },
          },
        },
      ]
    }),
  )
}

function environmentOf(
  config: PipelineConfig,
  arns: ArnOf,
  { names, handlerArgs }: FunctionOptions,
  role: FunctionRole,
): Record<string, unknown> {
  const streams = { [variable.fastStream]: names.streams.fast, [variable.slowStream]: names.streams.slow }
  const routing = { [variable.routing]: JSON.stringify(config.routing) }
  const dlq = { [variable.dlqTopic]: arns.dlqTopic }
  const table = { [variable.errorTable]: names.table }
  const dispatcher = (lane: LaneName) => ({
    [variable.mainFunction]: { Ref: functionId('main') },
    [variable.delay]: String(config.lanes[lane].delayMs / 1000),
    ...dlq,
  })
  switch (role) {
    case 'event-pusher':
      return { ...streams, ...routing, ...dlq }
    case 'dispatcher-fast':
      return dispatcher('fast')
    case 'dispatcher-slow':
      return dispatcher('slow')
    case 'main':
      return {
        [variable.bucketMapping]: JSON.stringify(config.bucketMapping),
        [variable.handlerArgs]: JSON.stringify(handlerArgs),
        ...dlq,
      }
    case 'reporter':
      return { ...table, ...routing }
    case 'drain':
      return { ...table, ...streams }
  }
}

function bounded(
  config: PipelineConfig,
  role: FunctionRole,
  variables: Record<string, unknown>,
): Record<string, unknown> {
  const bytes = Object.entries(variables).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 128),
    0,
  )
  if (bytes <= environmentBytesMax) return variables
  const parts = role === 'main' ? 'bucket_mapping and handler.args' : 'routing'
  throw new InputError(
    `${config.file}: expected an environment of at most ${environmentBytesMax} bytes for the function ${role} ` +
      `(a limit of AWS), found about ${bytes}; make ${parts} shorter, for instance by shorter prefixes`,
  )
}
