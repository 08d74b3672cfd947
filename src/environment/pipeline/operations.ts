// What a person does to a deployed pipeline: drain, limit a lane, or let a controller do so. The same calls serve the
// command line (`shaketable pipeline`) and scenarios.

import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { EnvironmentError } from '../../core/errors.ts'
import type { LaneName } from '../../core/history.ts'
import { functionNameOf, variable } from '../../pipeline/function-roles.ts'

export interface DrainResult {
  readonly drained: number
  readonly records: number
  readonly failed: number
  /** The function's time was up before it came to the end. */
  readonly unfinished: boolean
}

/** Invokes the stack's Drain for all parked items, or the chosen ones. @throws EnvironmentError when it failed */
export async function drain(
  lambda: LambdaClient,
  stackName: string,
  requestIds?: readonly string[],
): Promise<DrainResult> {
  const name = functionNameOf(stackName, 'drain')
  const payload = requestIds === undefined ? {} : { request_ids: requestIds }
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) }),
  )
  const text = Buffer.from(answer.Payload ?? []).toString()
  if (answer.FunctionError !== undefined) throw new EnvironmentError(`drain failed: ${text.slice(0, 500)}`)
  const { drained = 0, records = 0, failed = 0, unfinished = false } = JSON.parse(text) as Partial<DrainResult>
  return { drained, records, failed, unfinished }
}

export interface LaneLimit {
  readonly delayMs: number
  readonly batchSize: number
}

/** What a lane has now. @throws EnvironmentError where its Dispatcher reads from nothing */
export async function laneLimit(lambda: LambdaClient, stackName: string, lane: LaneName): Promise<LaneLimit> {
  const name = functionNameOf(stackName, `dispatcher-${lane}`)
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }))
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }))
  const batchSize = EventSourceMappings[0]?.BatchSize
  if (batchSize === undefined) {
    throw new EnvironmentError(
      `function "${name}": expected a mapping from a stream, found none; deploy the stack again`,
    )
  }
  return { delayMs: Math.round(Number(Environment?.Variables?.[variable.delay] ?? 0) * 1000), batchSize }
}

/** Sets DELAY of a lane's Dispatcher and the batch size of its mapping; what is not given stays. */
export async function limitLane(
  lambda: LambdaClient,
  stackName: string,
  lane: LaneName,
  limit: { readonly delayMs?: number; readonly batchSize?: number },
): Promise<void> {
  const name = functionNameOf(stackName, `dispatcher-${lane}`)
  if (limit.delayMs !== undefined) {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }))
    const Variables = { ...Environment?.Variables, [variable.delay]: String(limit.delayMs / 1000) }
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables } }))
  }
  if (limit.batchSize === undefined) return
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }))
  for (const { UUID } of EventSourceMappings) {
    if (UUID !== undefined) {
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: limit.batchSize }))
    }
  }
}
