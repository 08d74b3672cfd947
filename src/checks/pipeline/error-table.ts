// error-table: the ErrorTaskTable is exact. Whatever failed for good is named by an item, once for each time that it failed,
// and nothing else is; an item for bad lines names no good ones, and what can be read is parked only where a fault kept it
// from being read; what a drain takes out was put back first, where it came from. Whether lines are lost for it is
// nothing-lost's question.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { LineRange } from '../../core/history.ts'
import type { LedgerState } from '../../pipeline/ledger/ledger-state.ts'
import { type FindingList, findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { drainedItems } from './drained-items.ts'
import { type FailedObject, failedForGood } from './failed-for-good.ts'
import { graceMs, scenarioSpan } from './scenario-span.ts'
import { sharedLedger } from './shared-ledger.ts'

const schema = z.strictObject({})

interface Put {
  readonly dropped: boolean
  readonly bad: readonly LineRange[]
  readonly unreadable: boolean
}

export const errorTable: CheckKind<z.output<typeof schema>> = {
  name: 'error-table',
  judges: 'pipeline',
  about: 'The ErrorTaskTable holds exactly what failed for good, and what a drain takes out was put back first.',
  schema,
  needs: ['async-three-attempts', 'dlq-message', 'dlq-request-id'],
  start(_config, context) {
    const ledger = sharedLedger(context)
    const failed = failedForGood()
    const drained = drainedItems()
    const span = scenarioSpan()
    const puts = new Map<string, Put>()
    return {
      observe(event) {
        ledger.observe(event)
        failed.observe(event)
        drained.observe(event)
        span.observe(event)
        if (event.kind === 'object-put' && event.error === undefined) {
          const { dest, poison, unreadable } = event
          puts.set(event.object, { dropped: dest === 'drop', bad: poison, unreadable })
        }
      },
      conclude() {
        if (puts.size === 0) return nothingSeen('no object was put')
        const state = ledger.conclude()
        const findings = findingList()
        const table = { failures: 0, items: 0, early: 0 }
        for (const [object, one] of failed.objects()) {
          table.failures += one.failures.size
          table.items += one.items.size
          if (one.lastFailureMs > span.endMs() - graceMs && one.items.size < one.failures.size) table.early++
          else judge(object, one, puts.get(object), state, findings)
          const put = puts.get(object)
          const unprovoked = put === undefined || put.unreadable ? undefined : failed.unprovoked(object)
          if (unprovoked === undefined) continue
          const { function: role, message: why } = unprovoked
          const message = `${object} failed for good in ${role}, though no fault hit it there: ${why}`
          findings.add({ rule: 'error-table', message, object, timeline: state.path(object, 1).timeline })
        }
        const bad = tellUnparked(puts, state, findings)
        drained.tell(findings)
        const wrong = findings.count()
        const seen = `${amount(table.failures, 'failure')} for good, ${amount(bad, 'object')} with bad lines, ${amount(table.items, 'item')}, ${drained.count()} drained`
        const figures = {
          failuresCount: table.failures,
          badObjectsCount: bad,
          itemsCount: table.items,
          drainedCount: drained.count(),
        }
        const looked = table.failures + bad + table.items
        if (wrong > 0)
          return {
            verdict: 'fail',
            summary: `${amount(wrong, 'deviation')}: ${seen}`,
            looked,
            ...findings.told(),
            figures,
          }
        if (looked === 0) return { ...nothingSeen('nothing failed for good and nothing was parked'), figures }
        if (table.early > 0)
          return { ...nothingSeen(`${amount(table.early, 'failure')} came too late to tell`), looked, figures }
        return { verdict: 'pass', summary: `exact: ${seen}`, looked, findings: [], figures }
      },
    }
  },
}

function judge(
  object: string,
  one: FailedObject,
  put: Put | undefined,
  state: LedgerState,
  findings: FindingList,
): void {
  const { failures, published, items } = one
  const wrong = (message: string, expected?: string, observed?: string) => {
    const { timeline } = state.path(object, 1)
    const told = { ...(expected === undefined ? {} : { expected }), ...(observed === undefined ? {} : { observed }) }
    findings.add({ rule: 'error-table', message, object, ...told, timeline })
  }
  const names = [...items.keys()].join(', ')
  if (put === undefined) {
    if (items.size > 0) wrong(`item ${names} names ${object}, which was never put`)
    return
  }
  if (put.dropped) {
    if (items.size > 0) wrong(`item ${names} names ${object}, which routing drops`)
    return
  }
  if (items.size < failures.size) {
    const times = amount(failures.size, 'time')
    wrong(
      `${object} failed for good ${times}, and ${amount(items.size, 'item')} named it`,
      amount(failures.size, 'item'),
      amount(items.size, 'item'),
    )
  }
  const reasons = failures.size + published
  if (items.size > reasons)
    wrong(
      `${amount(items.size, 'item')} named ${object} (${names}), which failed ${amount(reasons, 'time')}`,
      amount(reasons, 'item'),
      amount(items.size, 'item'),
    )
  for (const [item, tasks] of items) {
    if (tasks.length > 1 && !disjoint(tasks)) wrong(`item ${item} names lines of ${object} twice`)
    if (failures.size > 0 || put.unreadable) continue
    const good = tasks.some((lines) => lines === undefined || !within(lines, put.bad))
    if (good && reasons > 0)
      wrong(
        `item ${item} names good lines of ${object}, so a drain delivers them again`,
        rangesText(put.bad),
        tasks.map(rangesText).join(', '),
      )
  }
}

/** Bad lines that are not in the table and not on their way to it. */
function tellUnparked(puts: ReadonlyMap<string, Put>, state: LedgerState, findings: FindingList): number {
  let objects = 0
  for (const [object, { dropped, bad, unreadable }] of puts) {
    const ranges = unreadable ? [{ first: 1, last: 1 }] : bad
    if (dropped || ranges.length === 0) continue
    objects++
    for (const { first, last } of ranges) {
      for (let line = first; line <= last; line++) {
        if (state.fate(object, line) !== 'lost') continue
        const { sentence, timeline } = state.path(object, line)
        const what = unreadable ? `${object} cannot be read` : `line ${line} of ${object} cannot be read`
        findings.add({
          rule: 'error-table',
          message: `${what} and is not in the table: ${sentence}`,
          object,
          line,
          timeline,
        })
        break
      }
    }
  }
  return objects
}

function within(lines: readonly LineRange[], bad: readonly LineRange[]): boolean {
  return lines.every(({ first, last }) => {
    let next = first
    for (const range of bad.toSorted((left, right) => left.first - right.first))
      if (range.first <= next && range.last >= next) next = range.last + 1
    return next > last
  })
}

function disjoint(tasks: readonly (readonly LineRange[] | undefined)[]): boolean {
  if (tasks.includes(undefined)) return false
  const ranges = tasks.flatMap((lines) => lines ?? []).toSorted((left, right) => left.first - right.first)
  return ranges.every(({ first }, index) => first > (ranges[index - 1]?.last ?? 0))
}

function rangesText(ranges: readonly LineRange[] | undefined): string {
  if (ranges === undefined) return 'all lines'
  if (ranges.length === 0) return 'no lines'
  return `lines ${ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ')}`
}
