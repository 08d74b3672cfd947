// What drains did to the ErrorTaskTable: every item that is gone had its records put back, each on the lane that it came
// from and with the lines that it named, before it was deleted; and a drain of all that met no trouble left none behind.
//
// The table is read now and then, so an item is seen to be gone some time after it went; only calls tell the order.

import type { AwsCalled, HistoryEvent, ItemParked, LaneName, LineRange } from '../../core/history.ts'
import type { FindingList } from '../finding-list.ts'

/** How late an item may be seen. */
const lookMs = 1000

interface LaneRecord {
  readonly lane: LaneName
  readonly atMs: number
  readonly lines: readonly LineRange[] | undefined
}

interface GoneItem {
  readonly item: string
  readonly tasks: ItemParked['tasks']
  /** When the first drain that can have taken it began, or when the item was parked, where no drain was seen. */
  readonly sinceMs: number
}

interface DrainRun {
  readonly startMs: number
  /** By something that is not its own doing. */
  troubled: boolean
  ended: boolean
}

export interface DrainedItems {
  observe(event: HistoryEvent): void
  /** Items that are gone. */
  count(): number
  /** Adds what is wrong. */
  tell(findings: FindingList): void
}

export function drainedItems(): DrainedItems {
  const items = new Map<string, { readonly tasks: ItemParked['tasks']; readonly atMs: number }>()
  const gone: GoneItem[] = []
  const records = new Map<string, LaneRecord[]>()
  const dests = new Map<string, LaneName | 'drop'>()
  const runs = new Map<string, DrainRun>()
  const calls: AwsCalled[] = []
  let drainedAllMs: number | undefined
  const drainsMs: number[] = []

  return {
    observe(event) {
      switch (event.kind) {
        case 'object-put':
          dests.set(event.object, event.dest)
          break
        case 'record-in-lane': {
          const known = records.get(event.object) ?? []
          records.set(event.object, known)
          known.push({ lane: event.lane, atMs: event.atMs, lines: event.lines })
          break
        }
        case 'item-parked':
          items.set(event.item, { tasks: event.tasks, atMs: event.atMs })
          break
        case 'item-drained': {
          const item = items.get(event.item)
          items.delete(event.item)
          if (item === undefined) break
          const seenMs = item.atMs - lookMs
          // The first drain since then: later ones may have gone by before it was seen to be gone.
          const first = drainsMs.find((atMs) => atMs >= seenMs && atMs <= event.atMs)
          gone.push({ item: event.item, tasks: item.tasks, sinceMs: first ?? seenMs })
          break
        }
        case 'operator-acted':
          if (event.action === 'drain' && /^all\b/.test(event.detail)) drainedAllMs = event.atMs
          break
        case 'function-invoked':
          if (event.function !== 'drain') break
          drainsMs.push(event.atMs)
          runs.set(event.invocation, { startMs: event.atMs, troubled: false, ended: false })
          break
        case 'function-returned':
        case 'function-failed': {
          const run = event.function === 'drain' ? runs.get(event.invocation) : undefined
          if (run === undefined) break
          run.ended = true
          if (event.kind === 'function-failed' && event.fault !== undefined) run.troubled = true
          break
        }
        case 'aws-called': {
          if (event.function !== 'drain') break
          const run = event.invocation === undefined ? undefined : runs.get(event.invocation)
          if (run !== undefined && isTrouble(event)) run.troubled = true
          if (event.applied && (event.operation === 'PutRecords' || event.operation === 'DeleteItem')) calls.push(event)
          break
        }
      }
    },
    count: () => gone.length,
    tell(findings) {
      tellPutBack(gone, records, dests, findings)
      tellTooSoon(calls, findings)
      if (drainedAllMs === undefined) return
      const last = [...runs.values()].filter(({ startMs }) => startMs >= (drainedAllMs ?? 0))
      if (last.length === 0 || last.some(({ troubled, ended }) => troubled || !ended)) return
      for (const [item, { tasks, atMs }] of items) {
        if (atMs >= drainedAllMs) continue
        const [task] = tasks
        const about = task === undefined ? {} : { object: task.object }
        findings.add({
          rule: 'error-table',
          message: `item ${item} was left behind by a drain of all that met no trouble`,
          ...about,
        })
      }
    },
  }
}

/** A fault, or AWS that could not or would not now. A call that it refuses for what it asks is the drain's own mistake. */
function isTrouble({ fault, status, error = '', refused = 0 }: AwsCalled): boolean {
  const isBusy = /Throttl|Throughput|TooManyRequests|SlowDown|LimitExceeded/.test(error)
  return fault !== undefined || refused > 0 || isBusy || status === 0 || status >= 500
}

/** Each drained task takes one record that came into a lane since its drain began. */
function tellPutBack(
  gone: readonly GoneItem[],
  records: ReadonlyMap<string, readonly LaneRecord[]>,
  dests: ReadonlyMap<string, LaneName | 'drop'>,
  findings: FindingList,
): void {
  const used = new Set<LaneRecord>()
  for (const { item, tasks, sinceMs } of gone) {
    for (const { object, lines } of tasks) {
      const all = records.get(object) ?? []
      const back = all.filter((record) => record.atMs >= sinceMs && !used.has(record))
      const record = back.find((one) => rangesText(one.lines) === rangesText(lines)) ?? back[0]
      const wrong = (message: string, expected: string, observed: string) =>
        findings.add({
          rule: 'error-table',
          message: `item ${item} is gone, and ${message}`,
          expected,
          observed,
          object,
        })
      if (record === undefined) {
        wrong(`no record of ${object} came back into a lane`, 'a record in a lane', 'none')
        continue
      }
      used.add(record)
      const from = all.find(({ atMs }) => atMs < sinceMs)?.lane ?? dests.get(object)
      if (from !== undefined && from !== 'drop' && record.lane !== from)
        wrong(`${object} was put back on the wrong lane`, `lane ${from}`, `lane ${record.lane}`)
      if (rangesText(record.lines) !== rangesText(lines))
        wrong(`${object} was put back with other lines`, rangesText(lines), rangesText(record.lines))
    }
  }
}

/** Deletions that name their objects, as far as the hop could tell. */
function tellTooSoon(calls: readonly AwsCalled[], findings: FindingList): void {
  const putMs = new Map<string, number>()
  for (const { operation, objects, atMs } of calls)
    if (operation === 'PutRecords')
      for (const object of objects) putMs.set(object, Math.min(putMs.get(object) ?? Number.POSITIVE_INFINITY, atMs))
  for (const { operation, objects, startMs } of calls) {
    if (operation !== 'DeleteItem') continue
    const early = objects.find((object) => startMs < (putMs.get(object) ?? Number.POSITIVE_INFINITY))
    if (early === undefined) continue
    const message = `the item of ${early} was deleted before its record was put into a lane`
    findings.add({ rule: 'error-table', message, expected: 'PutRecords, then DeleteItem', object: early })
  }
}

function rangesText(ranges: readonly LineRange[] | undefined): string {
  if (ranges === undefined) return 'all lines'
  return `lines ${ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ')}`
}
