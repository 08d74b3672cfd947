// What Drain is asked for, what it answers, and how it reads an item of the ErrorTaskTable.

import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { type EventRecord, toEventRecord } from '../../src/pipeline/event-record.ts'

export interface DrainRequest {
  /** Absent: all items. */
  readonly requestIds?: readonly string[]
}

export interface DrainResult {
  /** Items that are gone from the table. */
  readonly drained: number
  /** Event records that were put into the lanes. */
  readonly records: number
  /** Items that stayed although they were meant. */
  readonly failed: number
  /** Chosen items that are not in the table. */
  readonly missing: number
  /** The time was up; call it again. */
  readonly unfinished: boolean
}

export interface Item {
  readonly requestId: string
  readonly records: readonly EventRecord[]
}

/** `{}` is all, `{request_ids: [...]}` those. A misspelt choice must never drain everything. @throws Error */
export function toRequest(event: unknown): DrainRequest {
  if (event === null || event === undefined) return {}
  const ids = (event as { readonly request_ids?: unknown }).request_ids
  const keys = typeof event === 'object' ? Object.keys(event) : ['?']
  if (keys.length === 0) return {}
  if (keys.length !== 1 || !Array.isArray(ids) || !ids.every((id) => typeof id === 'string'))
    throw new Error(`expected {} or {"request_ids": ["..."]}, found ${JSON.stringify(event)?.slice(0, 200)}`)
  return { requestIds: [...new Set(ids)] }
}

/** Undefined: it holds no event record, or one that cannot be read; then all of it stays. */
export function toItem(item: Readonly<Record<string, AttributeValue>>): Item | undefined {
  const requestId = item.request_id?.S
  const argument = item.argument?.S
  if (requestId === undefined || argument === undefined) return undefined
  try {
    const list: unknown = JSON.parse(argument)
    if (!Array.isArray(list) || list.length === 0) return undefined
    const records = list.map(toEventRecord).filter((record) => typeof record !== 'string')
    return records.length === list.length ? { requestId, records } : undefined
  } catch {
    return undefined
  }
}
