// A second consumer of the fan-out topic: a queue of its own, subscribed to the topic, and read to the end. It shows that
// the EventPusher is one of several, and that whatever befalls the pipeline, others still hear of each object.

import { type SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { NewEvent } from '../../core/history.ts'
import { objectsNamed } from '../../pipeline/named-objects.ts'
import { emulatorTrouble, type RepeatedLook, repeatedLook } from './repeated-look.ts'

export interface FanOutQueueOptions {
  /** Both straight to the emulator. */
  readonly sns: SNSClient
  readonly sqs: SQSClient
  readonly scenario: string
  readonly topicArn: string
  readonly name: string
  /** Its name in the history. */
  readonly consumer: string
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
  /** Pause between looks. Default 200. */
  readonly everyMs?: number
}

const everyMsDefault = 200
const batch = 10
/** Batches in one look, so that a queue that fills faster than it is read does not hold up a stop. */
const batchesMax = 1_000

/** Resolves when the topic delivers to it. With its stop the subscription and the queue go, too. @throws EnvironmentError */
export async function startFanOutQueue(options: FanOutQueueOptions): Promise<RepeatedLook> {
  const { sns, sqs } = options
  const queue = await subscribedQueue(options).catch((error: unknown) => {
    throw emulatorTrouble(`queue ${options.name} could not be subscribed to ${options.topicArn}`, error)
  })
  const looking = repeatedLook({
    failure: `queue ${options.name} could not be read`,
    everyMs: options.everyMs ?? everyMsDefault,
    look: (signal) => readAll(sqs, queue.url, options, signal),
  })
  let stopping: Promise<void> | undefined
  const stop = async () => {
    await looking.stop()
    // The emulator may be gone already, and its queue with it.
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: queue.subscription })).catch(() => {})
    await sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url })).catch(() => {})
  }
  return {
    look: () => looking.look(),
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

async function subscribedQueue({
  sqs,
  sns,
  name,
  topicArn,
}: FanOutQueueOptions): Promise<{ readonly url: string; readonly subscription: string | undefined }> {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }))
  const queueArn = Attributes?.QueueArn ?? ''
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: sendPolicy(topicArn, queueArn) } }),
  )
  const { SubscriptionArn: subscription } = await sns.send(
    new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, ReturnSubscriptionArn: true }),
  )
  return { url, subscription }
}

/** Lets this topic, and nobody else, send to the queue. */
function sendPolicy(topicArn: string, queueArn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  })
}

async function readAll(sqs: SQSClient, url: string, options: FanOutQueueOptions, signal: AbortSignal): Promise<void> {
  for (let read = 0; read < batchesMax; read++) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: batch, WaitTimeSeconds: 0 }),
      { abortSignal: signal },
    )
    if (Messages.length === 0) return
    for (const message of Messages) tell(message, options)
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
      { abortSignal: signal },
    )
  }
}

function tell({ Body = '' }: Message, { scenario, consumer, emit, now }: FanOutQueueOptions): void {
  for (const object of objectsNamed(Body)) {
    emit({ kind: 'object-fanned-out', src: 'fan-out', atMs: now(), scenario, object, consumer })
  }
}
