// Our own AWS clients: for the emulator straight to it and past the fault hop, with keys that mean nothing; for an operator
// also with an account of their own. Every client has a timeout that throws, or a frozen emulator would hang a call for
// minutes.

import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { emulatorRegion } from './adapt-config.ts'
import { interruptible } from './interruptible.ts'

export interface AwsClients {
  readonly s3: S3Client
  readonly sns: SNSClient
  readonly sqs: SQSClient
  readonly kinesis: KinesisClient
  readonly lambda: LambdaClient
  readonly dynamodb: DynamoDBClient
  readonly cloudformation: CloudFormationClient
  destroy(): void
}

const connectionTimeoutMs = 5_000
const requestTimeoutMs = 120_000

const emulatorAccess = {
  region: emulatorRegion,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
}

/** @param signal after its abort every call rejects with its reason */
export function awsClients(endpoint: string, signal?: AbortSignal): AwsClients {
  const clients = clientsOf({ endpoint, ...emulatorAccess }, requestTimeoutMs)
  const { destroy: _, ...each } = clients
  if (signal !== undefined) for (const client of Object.values(each)) interruptible(client, signal)
  return clients
}

export interface OperatorTarget {
  /** Absent: where the SDK's own settings point to. */
  readonly endpoint?: string
  /** Credentials and region of the SDK's own settings instead of the emulator's. */
  readonly ownAccount: boolean
  readonly requestTimeoutMs: number
  readonly maxAttempts: number
}

export function operatorClients({ endpoint, ownAccount, maxAttempts, ...limits }: OperatorTarget): AwsClients {
  const where = endpoint === undefined ? {} : { endpoint }
  return clientsOf({ maxAttempts, ...where, ...(ownAccount ? {} : emulatorAccess) }, limits.requestTimeoutMs)
}

interface Access extends Partial<typeof emulatorAccess> {
  readonly endpoint?: string
  readonly maxAttempts?: number
}

/** Of the SDK's settings only what differs from its defaults. */
function clientsOf(access: Access, requestTimeout: number): AwsClients {
  const config = {
    ...access,
    requestHandler: { connectionTimeout: connectionTimeoutMs, requestTimeout, throwOnRequestTimeout: true },
  }
  const s3 = new S3Client({ ...config, forcePathStyle: access.endpoint !== undefined })
  // By itself it would speak HTTP/2, at whose large answers LocalStack breaks off.
  const kinesis = { ...config, requestHandler: s3.config.requestHandler }
  const clients = {
    s3,
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    kinesis: new KinesisClient(kinesis),
    lambda: new LambdaClient(config),
    dynamodb: new DynamoDBClient(config),
    cloudformation: new CloudFormationClient(config),
  }
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}
