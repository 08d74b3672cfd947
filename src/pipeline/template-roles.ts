// The roles of the template: each function may do what its own code does, on the resources of this stack, and nothing else.
// A role that the config gives by ARN is used as it is.

import type { PipelineConfig, RoleArnName } from './config.ts'
import { type FunctionRole, functionRoles } from './function-roles.ts'
import type { CloudFormationResource } from './template.ts'
import { type ArnOf, functionId } from './template-functions.ts'

interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: unknown
}

const allow = (Action: readonly string[], Resource: unknown): Statement => ({ Effect: 'Allow', Action, Resource })

export function roleResources(config: PipelineConfig, arns: ArnOf): Record<string, CloudFormationResource> {
  return Object.fromEntries(
    functionRoles
      .filter((role) => config.given.roleArns[givenName(role)] === undefined)
      .map((role) => [
        `${functionId(role)}Role`,
        {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
              ],
            },
            Policies: [
              {
                PolicyName: role,
                PolicyDocument: { Version: '2012-10-17', Statement: [logs, ...statements(config, arns, role)] },
              },
            ],
          },
        },
      ]),
  )
}

function givenName(role: FunctionRole): RoleArnName {
  return role === 'dispatcher-fast' || role === 'dispatcher-slow' ? 'dispatcher' : role
}

const logs = allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], 'arn:aws:logs:*:*:*')

function statements(config: PipelineConfig, arns: ArnOf, role: FunctionRole): readonly Statement[] {
  const lanes = [arns.streams.fast, arns.streams.slow]
  const park = allow(['sns:Publish'], arns.dlqTopic)
  switch (role) {
    case 'event-pusher':
      return [allow(['kinesis:PutRecords'], lanes), park]
    case 'dispatcher-fast':
      return [allow(readStream, arns.streams.fast), allow(['lambda:InvokeFunction'], arns.function('main')), park]
    case 'dispatcher-slow':
      return [allow(readStream, arns.streams.slow), allow(['lambda:InvokeFunction'], arns.function('main')), park]
    case 'main':
      return [allow(['s3:GetObject'], Object.keys(config.bucketMapping).map(objectsOf)), park]
    case 'reporter':
      return [allow(['dynamodb:PutItem'], arns.table)]
    case 'drain':
      return [
        allow(['dynamodb:Scan', 'dynamodb:GetItem', 'dynamodb:DeleteItem'], arns.table),
        allow(['kinesis:PutRecords'], lanes),
      ]
  }
}

const readStream = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
]

function objectsOf(bucket: string): string {
  return `arn:aws:s3:::${bucket}/*`
}
