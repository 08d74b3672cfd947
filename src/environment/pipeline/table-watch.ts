// Watches the ErrorTaskTable by scanning it: what is new (or has other content) is parked, what is gone is drained. An item
// that came and went between two scans is not seen, so whoever drains asks for a look before.

import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import type { ItemParked, NewEvent } from '../../core/history.ts'
import { tasksNamed } from '../../pipeline/named-objects.ts'
import { type RepeatedLook, repeatedLook } from './repeated-look.ts'

export interface TableWatchOptions {
  /** Straight to the emulator. */
  readonly dynamodb: DynamoDBClient
  readonly scenario: string
  readonly table: string
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
  /** Pause between scans. Default 250. */
  readonly everyMs?: number
}

type Item = Readonly<Record<string, AttributeValue>>

const everyMsDefault = 250
/** What is kept of an error message; a stack can be long. */
const errorLettersMax = 500

export function startTableWatch(options: TableWatchOptions): RepeatedLook {
  const { dynamodb, table } = options
  const known = new Map<string, string>()
  return repeatedLook({
    failure: `table ${table} could not be read`,
    everyMs: options.everyMs ?? everyMsDefault,
    look: async (signal) => {
      const found = new Map<string, Item>()
      const pages = paginateScan(
        { client: dynamodb },
        { TableName: table, ConsistentRead: true },
        { abortSignal: signal },
      )
      for await (const page of pages) for (const item of page.Items ?? []) found.set(text(item.request_id), item)
      tellChanges(known, found, options)
    },
  })
}

function tellChanges(known: Map<string, string>, found: ReadonlyMap<string, Item>, options: TableWatchOptions): void {
  const base = { src: 'table', atMs: options.now(), scenario: options.scenario } as const
  // First what is gone: what returns under another id is owed in between.
  for (const item of known.keys()) {
    if (found.has(item)) continue
    known.delete(item)
    options.emit({ ...base, kind: 'item-drained', item })
  }
  for (const [item, content] of found) {
    const is = JSON.stringify(content)
    if (known.get(item) === is) continue
    known.set(item, is)
    options.emit({ ...base, kind: 'item-parked', item, tasks: tasksOf(content), error: errorOf(content) })
  }
}

function tasksOf({ argument }: Item): ItemParked['tasks'] {
  return tasksNamed(text(argument))
}

function errorOf({ error_code, error_message }: Item): string {
  const parts = [text(error_code), text(error_message)].filter((part) => part !== '')
  return parts.join(': ').slice(0, errorLettersMax)
}

/** Texts and numbers; anything else is no attribute of ours. */
function text(value: AttributeValue | undefined): string {
  return value?.S ?? value?.N ?? ''
}
