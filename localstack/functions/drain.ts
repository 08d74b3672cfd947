// Drain, started by a person: puts the event records of all or of chosen items back into the lanes that they came from. An
// item is deleted only after every one of its records was taken; so whatever fails half-way stays in the table, and the
// worst that a repetition does is to deliver twice. Items that are parked while it runs are left for the next time.

import { type AttributeValue, DeleteItemCommand, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'
import { dynamoClient, kinesisClient } from './aws-clients.ts'
import { type DrainRequest, type DrainResult, type Item, toItem, toRequest } from './drain-items.ts'
import { setting } from './environment.ts'
import { log, messageOf } from './log.ts'
import { laneEntry, putIntoLanes } from './put-records.ts'

const dynamo = dynamoClient()
const kinesis = kinesisClient()
/** A page that is begun must also be ended. */
const reserveMs = 60_000
const pageItemsMax = 500
const deletesAtOnce = 8

export async function handler(event: unknown, context: Context): Promise<DrainResult> {
  const request = toRequest(event)
  const startedAt = new Date().toISOString()
  const result = { drained: 0, records: 0, failed: 0, missing: 0, unfinished: false }
  for await (const page of pages(request, startedAt)) {
    if (context.getRemainingTimeInMillis() < reserveMs) {
      result.unfinished = true
      break
    }
    result.missing += page.missing
    const done = await drainItems(page.items, context)
    result.drained += done.drained
    result.records += done.records
    result.failed += page.unreadable + page.items.length - done.drained
  }
  log('info', 'drained', result)
  return result
}

interface Page {
  readonly items: readonly Item[]
  /** Without an event record to put. */
  readonly unreadable: number
  readonly missing: number
}

async function* pages(request: DrainRequest, startedAt: string): AsyncGenerator<Page> {
  const TableName = setting('errorTable')
  if (request.requestIds !== undefined) {
    for (let start = 0; start < request.requestIds.length; start += pageItemsMax) {
      const ids = request.requestIds.slice(start, start + pageItemsMax)
      const found: Record<string, AttributeValue>[] = []
      for (const id of ids) {
        const Key = { request_id: { S: id } }
        const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
        if (Item !== undefined) found.push(Item)
      }
      yield pageOf(found, ids.length - found.length)
    }
    return
  }
  const config = { client: dynamo, pageSize: pageItemsMax }
  // What fails again right now would otherwise be drained again and again.
  for await (const { Items = [] } of paginateScan(config, { TableName, ConsistentRead: true }))
    yield pageOf(
      Items.filter(({ parked_at }) => (parked_at?.S ?? '') <= startedAt),
      0,
    )
}

function pageOf(found: readonly Record<string, AttributeValue>[], missing: number): Page {
  const items = found.map(toItem).filter((item) => item !== undefined)
  return { items, unreadable: found.length - items.length, missing }
}

async function drainItems(
  items: readonly Item[],
  context: Context,
): Promise<{ readonly drained: number; readonly records: number }> {
  const entries = items.flatMap((item) => item.records.map((record) => laneEntry(record, item.requestId)))
  const left = await putIntoLanes(kinesis, entries, context)
  const kept = new Set(left.map(({ entry }) => entry.extra))
  for (const { entry, error } of left) log('error', 'not put', { request: entry.extra, error })
  const done = items.filter(({ requestId }) => !kept.has(requestId))
  let drained = 0
  for (let start = 0; start < done.length; start += deletesAtOnce) {
    const deleted = await Promise.all(done.slice(start, start + deletesAtOnce).map(remove))
    drained += deleted.filter(Boolean).length
  }
  return { drained, records: entries.length - left.length }
}

async function remove({ requestId }: Item): Promise<boolean> {
  try {
    await dynamo.send(
      new DeleteItemCommand({ TableName: setting('errorTable'), Key: { request_id: { S: requestId } } }),
    )
    return true
  } catch (error) {
    // It was put all the same: a second drain delivers it again, which is better than stopping here.
    log('error', 'not deleted', { request: requestId, error: messageOf(error) })
    return false
  }
}
