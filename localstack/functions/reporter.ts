// Reporter: keeps what failed for good as an item of the ErrorTaskTable, one for each RequestID. The DLQ may deliver a
// message twice; the first one stays, so nothing is written over. Behind this function nobody would catch a message again,
// so it tries as long as its time lasts.

import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Context, SNSEvent, SNSEventRecord } from 'aws-lambda'
import type { Route } from '../../src/pipeline/routing.ts'
import { dynamoClient } from './aws-clients.ts'
import { jsonSetting, setting } from './environment.ts'
import { isHopeless } from './hopeless.ts'
import { log, messageOf } from './log.ts'
import { parkedItem } from './parked-item.ts'
import { waitMs } from './put-plan.ts'

const dynamo = dynamoClient()
const routing = jsonSetting('routing') as readonly Route[]
const reserveMs = 10_000

export async function handler(event: SNSEvent, context: Context): Promise<{ readonly parked: number }> {
  for (const record of event.Records) await keep(record, context)
  return { parked: event.Records.length }
}

async function keep({ Sns }: SNSEventRecord, context: Context): Promise<void> {
  const attributes = Object.fromEntries(
    Object.entries(Sns.MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value]),
  )
  const item = parkedItem({ messageId: Sns.MessageId, body: Sns.Message, attributes }, routing, new Date())
  if (item.body !== undefined) log('error', 'no event record in this message', { request: item.request_id })
  const command = new PutItemCommand({
    TableName: setting('errorTable'),
    Item: Object.fromEntries(Object.entries(item).map(([name, value]: [string, string]) => [name, { S: value }])),
    ConditionExpression: 'attribute_not_exists(request_id)',
  })
  for (let round = 1; ; round++) {
    try {
      await dynamo.send(command)
      log('info', 'parked', { request: item.request_id, code: item.error_code })
      return
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return
      const forMs = waitMs(round, 0)
      if (isHopeless(error) || context.getRemainingTimeInMillis() < forMs + reserveMs) throw error
      log('warn', 'PutItem failed', { request: item.request_id, error: messageOf(error) })
      await new Promise((resolve) => setTimeout(resolve, forMs))
    }
  }
}
