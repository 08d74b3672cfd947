// Reads the ErrorTaskTable for the operator's commands: one item, chosen ones, or all by pages. What an item holds is read
// by the same code as Drain reads it, so what is shown is what a drain would do.

import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { toItem } from '../../../localstack/functions/drain-items.ts'
import type { EventRecord } from '../../pipeline/event-record.ts'
import { asked } from './asked.ts'
import type { Target } from './target.ts'

export interface ParkedTask {
  readonly requestId: string
  /** ISO 8601, UTC; empty where the item has none. */
  readonly parkedAt: string
  readonly errorCode: string
  readonly errorMessage: string
  /** Empty: Drain can do nothing with this item and leaves it. */
  readonly records: readonly EventRecord[]
  /** What could not be understood, where it was kept as text. */
  readonly body?: string
}

const getsAtOnce = 8

/** Every item, a page at a time. @throws EnvironmentError */
export async function* parkedTasks(target: Target): AsyncGenerator<ParkedTask> {
  const config = { client: target.aws.dynamodb as DynamoDBClient }
  const pages = paginateScan(config, { TableName: target.names.table, ConsistentRead: true })
  for (;;) {
    const page = await asked(target, tableOf(target), () => pages.next())
    if (page.done) return
    yield* (page.value.Items ?? []).map(taskOf)
  }
}

/** In the order of the ids; undefined where there is no such item. @throws EnvironmentError */
export async function tasksById(target: Target, ids: readonly string[]): Promise<readonly (ParkedTask | undefined)[]> {
  const tasks: (ParkedTask | undefined)[] = []
  for (let start = 0; start < ids.length; start += getsAtOnce) {
    const some = ids.slice(start, start + getsAtOnce)
    tasks.push(...(await Promise.all(some.map((id) => taskById(target, id)))))
  }
  return tasks
}

async function taskById(target: Target, id: string): Promise<ParkedTask | undefined> {
  const command = new GetItemCommand({
    TableName: target.names.table,
    Key: { request_id: { S: id } },
    ConsistentRead: true,
  })
  const { Item } = await asked(target, tableOf(target), () => target.aws.dynamodb.send(command))
  return Item === undefined ? undefined : taskOf(Item)
}

export function tableOf({ names }: Pick<Target, 'names'>): string {
  return `table "${names.table}"`
}

function taskOf(item: Readonly<Record<string, AttributeValue>>): ParkedTask {
  const body = item.body?.S ?? (toItem(item) === undefined ? item.argument?.S : undefined)
  return {
    requestId: textOf(item.request_id),
    parkedAt: textOf(item.parked_at),
    errorCode: textOf(item.error_code),
    errorMessage: textOf(item.error_message),
    records: toItem(item)?.records ?? [],
    ...(body === undefined ? {} : { body }),
  }
}

function textOf(value: AttributeValue | undefined): string {
  return value?.S ?? value?.N ?? ''
}
