// Deploys a pipeline into the emulator: what is there before it (topics, buckets that notify them, ARNs that the config
// gives), its functions' code, its stack. Nothing of it is kept: the emulator's state ends with the run.

import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { CreateTopicCommand } from '@aws-sdk/client-sns'
import { EnvironmentError } from '../../core/errors.ts'
import type { PipelineConfig } from '../../pipeline/config.ts'
import { type FunctionRole, functionRoles, resourceNames } from '../../pipeline/function-roles.ts'
import type { CloudFormationTemplate } from '../../pipeline/template.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { AwsClients } from './aws-clients.ts'

const deployTimeoutMs = 60_000
const pollMs = 50

/** Topics and whatever else the config takes for granted. `shards`: of each stream. */
export async function createSurroundings(
  config: PipelineConfig,
  buckets: readonly string[],
  aws: AwsClients,
  shards = 1,
): Promise<void> {
  const { given, stackName } = config
  const names = resourceNames(config, stackName)
  await Promise.all(config.topics.map(({ arn }) => createTopic(arn, aws)))
  if (given.dlqTopicArn !== undefined) await createTopic(given.dlqTopicArn, aws)
  for (const lane of ['fast', 'slow'] as const) {
    if (given.streamArns[lane] === undefined) continue
    await aws.kinesis.send(new CreateStreamCommand({ StreamName: names.streams[lane], ShardCount: shards }))
  }
  if (given.tableArn !== undefined) await createTable(names.table, aws)
  const [topic] = config.topics
  await Promise.all(buckets.map((bucket) => createBucket(bucket, topic?.arn, aws)))
}

async function createTopic(arn: string, aws: AwsClients): Promise<void> {
  await aws.sns.send(new CreateTopicCommand({ Name: arn.split(':').at(-1) ?? '' }))
}

async function createTable(name: string, aws: AwsClients): Promise<void> {
  await aws.dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'request_id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'request_id', KeyType: 'HASH' }],
    }),
  )
}

async function createBucket(bucket: string, topicArn: string | undefined, aws: AwsClients): Promise<void> {
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  if (topicArn === undefined) return
  await aws.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        TopicConfigurations: [{ TopicArn: topicArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  )
}

/** Of a function's code in its bucket. */
export const codeKeyOf = (role: FunctionRole): string => `${role}.zip`

export async function uploadCode(
  zips: Readonly<Record<FunctionRole, Uint8Array>>,
  bucket: string,
  aws: AwsClients,
): Promise<void> {
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  await Promise.all(
    functionRoles.map((role) =>
      aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: codeKeyOf(role), Body: zips[role] })),
    ),
  )
}

/** @throws EnvironmentError with the resource that failed and why; or the signal's reason */
export async function createStack(
  stackName: string,
  template: CloudFormationTemplate,
  aws: AwsClients,
  signal?: AbortSignal,
): Promise<void> {
  await aws.cloudformation.send(
    new CreateStackCommand({
      StackName: stackName,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  )
  let ended = ''
  await waitUntil(
    `stack "${stackName}"`,
    async () => {
      const { Stacks } = await aws.cloudformation.send(new DescribeStacksCommand({ StackName: stackName }))
      const status = Stacks?.[0]?.StackStatus ?? 'unknown'
      if (status === 'unknown' || status.endsWith('_IN_PROGRESS')) return `it is ${status}`
      ended = status
      return true
    },
    { timeoutMs: deployTimeoutMs, intervalMs: pollMs, ...(signal === undefined ? {} : { signal }) },
  )
  if (ended === 'CREATE_COMPLETE') return
  throw new EnvironmentError(
    `stack "${stackName}" did not deploy: ${ended}\n  ${(await failures(stackName, aws)).join('\n  ')}\n` +
      '  hint: the template comes from config.yml; what it gives by ARN must fit what is asked of it',
  )
}

async function failures(stackName: string, aws: AwsClients): Promise<readonly string[]> {
  const { StackEvents = [] } = await aws.cloudformation.send(new DescribeStackEventsCommand({ StackName: stackName }))
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'))
  // What failed because of another is told without a reason.
  const causes = failed.filter(({ ResourceStatusReason }) => ResourceStatusReason !== undefined)
  const lines = (causes.length > 0 ? causes : failed).map(
    ({ LogicalResourceId, ResourceType, ResourceStatusReason }) =>
      `${ResourceType} ${LogicalResourceId}: ${ResourceStatusReason ?? 'no reason given'}`,
  )
  return [...new Set(lines)]
}

/** Ends the pollers of its lanes, too. Does not wait for the end. */
export async function deleteStack(stackName: string, aws: AwsClients): Promise<void> {
  await aws.cloudformation.send(new DeleteStackCommand({ StackName: stackName }))
}
