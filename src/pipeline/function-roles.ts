// The functions of the pipeline and how everything that is created is named: AWS function name = `<stackName>-<role>`, so
// the role is the name without the stack's prefix. The environment that the template gives a function, and that the
// function reads, has its names here, so that both sides agree.

import type { LaneName } from '../core/history.ts'
import type { PipelineConfig } from './config.ts'

export const functionRoles = [
  'event-pusher',
  'dispatcher-fast',
  'dispatcher-slow',
  'main',
  'reporter',
  'drain',
] as const

export type FunctionRole = (typeof functionRoles)[number]

export const laneNames: readonly LaneName[] = ['fast', 'slow']

/** Environment variables of the functions. */
export const variable = {
  /** JSON of `routing`. */
  routing: 'ROUTING',
  /** JSON of `bucketMapping`. */
  bucketMapping: 'BUCKET_MAPPING',
  /** JSON of the handler's arguments. */
  handlerArgs: 'HANDLER_ARGS',
  /** Seconds that a Dispatcher sleeps after each batch. */
  delay: 'DELAY',
  mainFunction: 'MAIN_FUNCTION',
  dlqTopic: 'DLQ_TOPIC_ARN',
  errorTable: 'ERROR_TABLE',
  fastStream: 'STREAM_FAST',
  slowStream: 'STREAM_SLOW',
} as const

export const functionNameOf = (stackName: string, role: FunctionRole): string => `${stackName}-${role}`

/** Undefined: no function of this stack. */
export function roleOf(stackName: string, functionName: string): FunctionRole | undefined {
  return functionRoles.find((role) => functionName === functionNameOf(stackName, role))
}

export interface ResourceNames {
  readonly streams: Readonly<Record<LaneName, string>>
  readonly table: string
  readonly dlqTopic: string
}

/** Names of what the pipeline uses, given or created. */
export function resourceNames(config: Pick<PipelineConfig, 'given'>, stackName: string): ResourceNames {
  const { streamArns, tableArn, dlqTopicArn } = config.given
  const last = (arn: string | undefined) => arn?.split(/[/:]/).at(-1)
  return {
    streams: {
      fast: last(streamArns.fast) ?? `${stackName}-fast`,
      slow: last(streamArns.slow) ?? `${stackName}-slow`,
    },
    table: last(tableArn) ?? `${stackName}-errors`,
    dlqTopic: last(dlqTopicArn) ?? `${stackName}-dlq`,
  }
}
