// What the target of a pipeline's fault means:
//
//     kinesis.PutRecords                every function's call of that operation    kinesis.*        any of that service
//     event-pusher/kinesis.PutRecords   only this function's                       main/*           any call of it
//     sink, main/sink                   the handler's call of its downstream
//     main                              invocations of the function                dispatcher       those of both lanes
//     emulator                          the emulator as a whole                    *                all calls and invocations
//
// Which of these a fault may have depends on what its kind can do.

import { hintFor } from '../../core/did-you-mean.ts'
import type { FaultKind } from '../../core/fault.ts'
import { functionRoles } from '../../pipeline/function-roles.ts'
import { lambdaOperations } from '../aws-hop/operation.ts'
import { s3Operations } from '../aws-hop/s3-operation.ts'

export type FaultTarget =
  | { readonly of: 'everything' }
  | { readonly of: 'emulator' }
  | { readonly of: 'invocations'; readonly function: string }
  /** Absent parts: any. */
  | { readonly of: 'calls'; readonly function?: string; readonly service?: string; readonly operation?: string }

/** What the hop tells apart; a pipeline's functions make a dozen of these. */
const operations: Readonly<Record<string, readonly string[]>> = {
  s3: s3Operations,
  lambda: lambdaOperations,
  kinesis: [
    'PutRecord',
    'PutRecords',
    'GetRecords',
    'GetShardIterator',
    'ListShards',
    'DescribeStream',
    'DescribeStreamSummary',
    'ListStreams',
  ],
  dynamodb: [
    'PutItem',
    'GetItem',
    'UpdateItem',
    'DeleteItem',
    'Scan',
    'Query',
    'BatchGetItem',
    'BatchWriteItem',
    'TransactGetItems',
    'TransactWriteItems',
    'DescribeTable',
  ],
  sns: ['Publish', 'PublishBatch', 'Subscribe', 'CreateTopic'],
  sqs: ['SendMessage', 'SendMessageBatch', 'ReceiveMessage', 'DeleteMessage', 'DeleteMessageBatch', 'GetQueueUrl'],
  cloudwatch: ['PutMetricData', 'GetMetricData', 'GetMetricStatistics'],
  logs: ['CreateLogGroup', 'CreateLogStream', 'PutLogEvents'],
  sts: ['GetCallerIdentity', 'AssumeRole'],
  sink: ['Deliver'],
}

/** Both lanes' dispatcher. */
const eitherDispatcher = 'dispatcher'
const functions: readonly string[] = [...functionRoles, eitherDispatcher]

export function faultTarget(text: string): FaultTarget {
  if (text === '*') return { of: 'everything' }
  if (text === 'emulator') return { of: 'emulator' }
  const slash = text.indexOf('/')
  const role = slash < 0 ? {} : { function: text.slice(0, slash) }
  const call = text.slice(slash + 1)
  if (call === '*') return { of: 'calls', ...role }
  const [service = '', operation] = call.split('.')
  if (service === 'sink' || operation !== undefined || slash >= 0) {
    return { of: 'calls', ...role, service, ...(operation === undefined || operation === '*' ? {} : { operation }) }
  }
  return { of: 'invocations', function: text }
}

export function hitsCall(
  target: FaultTarget,
  call: { readonly function: string; readonly service: string; readonly operation: string },
): boolean {
  if (target.of === 'everything') return true
  return (
    target.of === 'calls' &&
    (target.function === undefined || isRole(target.function, call.function)) &&
    (target.service === undefined || target.service === call.service) &&
    (target.operation === undefined || target.operation === call.operation)
  )
}

export function hitsInvocation(target: FaultTarget, role: string): boolean {
  return target.of === 'everything' || (target.of === 'invocations' && isRole(target.function, role))
}

function isRole(wanted: string, role: string): boolean {
  return wanted === role || (wanted === eitherDispatcher && role.startsWith(`${eitherDispatcher}-`))
}

type Abilities = Pick<FaultKind, 'name' | 'planCall' | 'planInvocation' | 'injectPipeline'>

/** Why a fault of this kind cannot have this target: `expected ..., found ...; hint`. Undefined: it can. */
export function targetProblem(text: string, kind: Abilities, config?: unknown): string | undefined {
  const found = `found ${JSON.stringify(text)}`
  const able = abilities(kind)
  if (able.length === 0) return `expected a fault for pipelines, found ${kind.name}, which acts on meshes only`
  if (typeof config === 'object' && config !== null && 'dice' in config && config.dice === true) {
    return `expected no dice in a pipeline, found dice: true of ${kind.name}; there is no Envoy to roll them, the seed decides`
  }
  const target = faultTarget(text)
  if (target.of === 'everything') {
    if (kind.planCall !== undefined || kind.planInvocation !== undefined) return undefined
    return `expected ${able.join(' or ')} for ${kind.name}, ${found}`
  }
  const misspelt = target.of === 'emulator' ? undefined : unknownName(target, text)
  const fits = {
    emulator: kind.injectPipeline,
    invocations: kind.planInvocation,
    calls: kind.planCall,
  }[target.of]
  if (misspelt !== undefined) return `expected ${able.join(' or ')}, ${found}; ${misspelt}`
  if (fits === undefined) {
    const hint =
      target.of === 'invocations' && kind.planCall !== undefined ? `; ${text}/* stands for all calls of ${text}` : ''
    return `expected ${able.join(' or ')} for ${kind.name}, ${found}${hint}`
  }
  if (kind.name === 'partial-failure' && target.of === 'calls' && !canBe(target, 'kinesis', 'PutRecords')) {
    return `expected kinesis.PutRecords for ${kind.name}, ${found}`
  }
  return undefined
}

function abilities(kind: Abilities): readonly string[] {
  return [
    ...(kind.planCall === undefined ? [] : ['a call (kinesis.PutRecords, main/s3.GetObject, sink)']),
    ...(kind.planInvocation === undefined ? [] : ['a function (main)']),
    ...(kind.injectPipeline === undefined ? [] : ['emulator']),
  ]
}

function canBe(target: Extract<FaultTarget, { of: 'calls' }>, service: string, operation: string): boolean {
  return (target.service ?? service) === service && (target.operation ?? operation) === operation
}

/** A hint at a name that does not exist. */
function unknownName(
  target: Exclude<FaultTarget, { of: 'everything' } | { of: 'emulator' }>,
  text: string,
): string | undefined {
  if (target.function !== undefined && !functions.includes(target.function)) {
    const known = target.of === 'calls' ? functions : [...functions, ...Object.keys(operations).map((it) => `${it}.*`)]
    return hintFor(target.function, known) ?? `functions are ${functions.join(', ')}`
  }
  if (target.of === 'invocations' || target.service === undefined) return undefined
  const known = operations[target.service]
  const prefix = text.slice(0, text.indexOf('/') + 1)
  if (known === undefined) {
    const services = Object.keys(operations)
    return hintFor(target.service, services) ?? `services are ${services.join(', ')}`
  }
  const call = text.slice(prefix.length)
  if (!call.includes('.') && target.service !== 'sink') return `write ${prefix}${target.service}.* for all of its calls`
  if (target.operation === undefined || known.includes(target.operation)) return undefined
  return (
    hintFor(
      `${target.service}.${target.operation}`,
      known.map((it) => `${target.service}.${it}`),
    ) ?? `no such operation of ${target.service}`
  )
}
