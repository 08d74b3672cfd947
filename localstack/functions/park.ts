// Sends something to the dead-letter topic ourselves, in the shape in which Lambda does it: attributes RequestID, ErrorCode
// and ErrorMessage, and the payload as body. The Reporter keeps one item for each RequestID, so a retry that parks again
// adds nothing.

import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import { setting } from './environment.ts'

export interface Parked {
  readonly requestId: string
  readonly code: string
  readonly message: string
  readonly body: string
}

/** SNS takes 256 KiB with its attributes. */
const bodyCharactersMax = 200_000
const messageCharactersMax = 1000

export async function park(client: SNSClient, parked: Parked): Promise<void> {
  const text = (value: string) => ({ DataType: 'String', StringValue: value || '-' })
  await client.send(
    new PublishCommand({
      TopicArn: setting('dlqTopic'),
      Message: parked.body.slice(0, bodyCharactersMax) || '-',
      MessageAttributes: {
        RequestID: text(parked.requestId),
        ErrorCode: text(parked.code),
        ErrorMessage: text(printable(parked.message).slice(0, messageCharactersMax)),
      },
    }),
  )
}

/** SNS refuses control characters, which a line of a log may well hold. */
function printable(message: string): string {
  return message.toWellFormed().replaceAll(/[\p{Cc}\ufffe\uffff]/gu, ' ')
}
