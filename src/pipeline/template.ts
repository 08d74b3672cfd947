// Compiles a config to one CloudFormation template, in plain JSON. It uses what the config names by ARN and creates the
// rest: streams, table, DLQ, roles, functions, subscriptions and mappings.
//
//     given topic ─► EventPusher ─► StreamFast / StreamSlow ─► DispatcherFast / DispatcherSlow ─► Main
//                                          ▲                                                      │ after two retries
//                    Drain (by a person) ──┘◄─ ErrorTaskTable ◄─ Reporter ◄─ DeadLetterTopic ◄────┘

import { expandArgs, type PipelineConfig } from './config.ts'
import { type FunctionRole, functionNameOf, functionRoles, laneNames, resourceNames } from './function-roles.ts'
import type { HandlerArgs } from './handler.ts'
import { type ArnOf, functionId, functionResources, streamId } from './template-functions.ts'
import { monitoringResources } from './template-monitoring.ts'
import { roleResources } from './template-roles.ts'

export interface CloudFormationResource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DependsOn?: readonly string[]
}

export interface CloudFormationTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09'
  readonly Description: string
  readonly Resources: Readonly<Record<string, CloudFormationResource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}

export interface CompileOptions {
  readonly stackName: string
  /** Of each stream that is created. Default 1. */
  readonly shards?: number
  readonly code: { readonly bucket: string; readonly keys: Readonly<Record<FunctionRole, string>> }
  /** Instead of the config's own, whose `${NAME}` must otherwise all be replaced. */
  readonly handlerArgs?: HandlerArgs
  /** Dashboard and alarms. Default true. */
  readonly monitoring?: boolean
}

const dlqTopicId = 'DeadLetterTopic'
const tableId = 'ErrorTaskTable'

/** @throws InputError where the functions' environment would be too large, or an argument has no value */
export function compileTemplate(config: PipelineConfig, options: CompileOptions): CloudFormationTemplate {
  const { stackName } = options
  const arns = arnsOf(config)
  const handlerArgs = options.handlerArgs ?? expandArgs(config.handler.args, {})
  const names = resourceNames(config, stackName)
  const resources = {
    ...storeResources(config, options),
    ...roleResources(config, arns),
    ...functionResources(config, arns, { stackName, names, code: options.code, handlerArgs }),
    ...mappingResources(config, arns),
    ...subscriptionResources(config, arns),
    ...(options.monitoring === false ? {} : monitoringResources({ stackName, names })),
  }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: config.description || `Log pipeline ${stackName}`,
    Resources: resources,
    Outputs: {
      StreamFast: { Value: names.streams.fast },
      StreamSlow: { Value: names.streams.slow },
      ErrorTable: { Value: names.table },
      DeadLetterTopicArn: { Value: arns.dlqTopic },
      ...Object.fromEntries(
        functionRoles.map((role) => [`${functionId(role)}Function`, { Value: functionNameOf(stackName, role) }]),
      ),
    },
  }
}

/** LocalStack's names of the services that a template needs, those of its deployment included. */
export function servicesOf(template: CloudFormationTemplate): readonly string[] {
  const services = new Set(['cloudformation', 'iam', 'lambda', 's3', 'sts'])
  for (const { Type } of Object.values(template.Resources)) {
    const service = Type.split('::')[1]?.toLowerCase() ?? ''
    // A dashboard is drawn by AWS only; LocalStack passes over it.
    if (Type !== 'AWS::CloudWatch::Dashboard') services.add(service)
  }
  return [...services].sort()
}

function arnsOf({ given }: PipelineConfig): ArnOf {
  const attribute = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })
  return {
    streams: {
      fast: given.streamArns.fast ?? attribute(streamId('fast')),
      slow: given.streamArns.slow ?? attribute(streamId('slow')),
    },
    table: given.tableArn ?? attribute(tableId),
    dlqTopic: given.dlqTopicArn ?? { Ref: dlqTopicId },
    function: (role) => attribute(functionId(role)),
    role: (role) => {
      const name = role === 'dispatcher-fast' || role === 'dispatcher-slow' ? 'dispatcher' : role
      return given.roleArns[name] ?? attribute(`${functionId(role)}Role`)
    },
  }
}

/** What keeps things: streams, table, topic. */
function storeResources(config: PipelineConfig, options: CompileOptions): Record<string, CloudFormationResource> {
  const { given } = config
  const names = resourceNames(config, options.stackName)
  const resources: Record<string, CloudFormationResource> = {}
  for (const lane of laneNames)
    if (given.streamArns[lane] === undefined)
      resources[streamId(lane)] = {
        Type: 'AWS::Kinesis::Stream',
        Properties: {
          Name: names.streams[lane],
          ShardCount: options.shards ?? 1,
          // AWS's own default beside a ShardCount, but LocalStack's is on demand, with four shards.
          StreamModeDetails: { StreamMode: 'PROVISIONED' },
          RetentionPeriodHours: 24,
        },
      }
  if (given.tableArn === undefined)
    resources[tableId] = {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: names.table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'request_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'request_id', KeyType: 'HASH' }],
      },
    }
  if (given.dlqTopicArn === undefined)
    resources[dlqTopicId] = { Type: 'AWS::SNS::Topic', Properties: { TopicName: names.dlqTopic } }
  return resources
}

function mappingResources(config: PipelineConfig, arns: ArnOf): Record<string, CloudFormationResource> {
  return Object.fromEntries(
    laneNames.map((lane) => [
      `${functionId(`dispatcher-${lane}`)}Mapping`,
      {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: functionId(`dispatcher-${lane}`) },
          EventSourceArn: arns.streams[lane],
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: config.lanes[lane].batchSize,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
    ]),
  )
}

function subscriptionResources(config: PipelineConfig, arns: ArnOf): Record<string, CloudFormationResource> {
  const subscribe = (id: string, topicArn: unknown, role: FunctionRole) => ({
    [`${id}Permission`]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: arns.function(role),
        Principal: 'sns.amazonaws.com',
        SourceArn: topicArn,
      },
    },
    [`${id}Subscription`]: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: topicArn, Protocol: 'lambda', Endpoint: arns.function(role) },
      DependsOn: [`${id}Permission`],
    },
  })
  return Object.assign(
    {},
    ...config.topics.map(({ name, arn }) => subscribe(`Topic${name}`, arn, 'event-pusher')),
    subscribe('Reporter', arns.dlqTopic, 'reporter'),
  )
}
