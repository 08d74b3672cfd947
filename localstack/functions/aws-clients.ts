// How the functions call AWS: the SDK's own retries, more of them than its default, and a limit on every wait, because
// without one a call to a stopped server hangs for minutes. Connections are kept alive between invocations.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'

const maxAttempts = 5
const http = { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true }

export const s3Client = () => new S3Client({ maxAttempts, requestHandler: { ...http, socketTimeout: 20_000 } })
export const snsClient = () => new SNSClient({ maxAttempts, requestHandler: http })
export const lambdaClient = () => new LambdaClient({ maxAttempts, requestHandler: http })
export const dynamoClient = () => new DynamoDBClient({ maxAttempts, requestHandler: http })
// Speaks HTTP/2, whose handler knows only this one limit.
export const kinesisClient = () => new KinesisClient({ maxAttempts, requestHandler: { requestTimeout: 20_000 } })
