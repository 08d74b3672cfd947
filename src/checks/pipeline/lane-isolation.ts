// lane-isolation: while the other lane is in trouble, this one stays fresh. Trouble is either a backlog of the other lane, or a
// named fault. Judged are the objects of this lane that were put meanwhile: p99 of their age when their last line came; one
// that never came is as old as the run.

import { z } from 'zod'
import type { Check, CheckKind } from '../../core/check.ts'
import type { HistoryEvent } from '../../core/history.ts'
import { isFault } from '../../core/pipeline-faults-fired.ts'
import { formatMs } from '../../core/units.ts'
import { comparison, durationComparison, holds } from '../../stats/comparison.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { type LaneBacklog, laneBacklog } from './lane-backlog.ts'
import { objectTimes, percentile } from './object-times.ts'
import { scenarioSpan } from './scenario-span.ts'

const schema = z.strictObject({
  lane: z.enum(['fast', 'slow']).describe('The lane that is to stay fresh'),
  freshness: durationComparison.describe('p99 of the age of its objects meanwhile'),
  fault: z.string().min(1).optional().describe('While this fault acts; by default while the other lane is saturated'),
  saturated: z.int().min(1).default(10).describe('Records that wait in the other lane while it is saturated'),
})

type LaneIsolation = z.output<typeof schema>

export const laneIsolation: CheckKind<LaneIsolation> = {
  name: 'lane-isolation',
  judges: 'pipeline',
  about: 'While the other lane is saturated, or a fault acts, the objects of this lane stay fresh.',
  schema,
  needs: ['lanes-isolated'],
  start,
}

interface Window {
  readonly fromMs: number
  readonly untilMs: number
}

function start({ lane, freshness, fault, saturated }: LaneIsolation): Check {
  const other = lane === 'fast' ? 'slow' : 'fast'
  const limit = comparison(freshness, 'duration')
  const times = objectTimes()
  const span = scenarioSpan()
  const backlog = laneBacklog(other)
  const acting = fault === undefined ? undefined : faultWindow(fault)
  const trouble =
    fault === undefined
      ? `lane ${other} held at least ${amount(saturated, 'waiting record')}`
      : `fault "${fault}" acted`
  return {
    observe(event) {
      times.observe(event)
      span.observe(event)
      backlog.observe(event)
      acting?.observe(event)
    },
    conclude() {
      const windows = acting?.windows() ?? saturatedWindows(backlog, saturated, span.endMs())
      if (windows.length === 0) return nothingSeen(`at no time ${trouble}`)
      const meant = times
        .all()
        .filter(
          (one) =>
            one.lane === lane && windows.some(({ fromMs, untilMs }) => one.putMs >= fromMs && one.putMs <= untilMs),
        )
      if (meant.length === 0) return nothingSeen(`no object of lane ${lane} was put while ${trouble}`)
      const ages = meant.map(({ object, putMs, doneMs }) => ({ object, ageMs: (doneMs ?? span.endMs()) - putMs }))
      const p99Ms = percentile(
        ages.map(({ ageMs }) => ageMs),
        99,
      )
      const seconds = windows.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
      const good = holds(limit, p99Ms)
      const summary = `for ${formatMs(seconds)} ${trouble}; ${amount(meant.length, 'object')} of lane ${lane} put meanwhile: p99 ${formatMs(p99Ms)}, expected ${limit.text}`
      const findings = ages
        .filter(({ ageMs }) => !good && !holds(limit, ageMs))
        .sort((left, right) => right.ageMs - left.ageMs)
        .slice(0, 10)
        .map(({ object, ageMs }) => {
          const observed = formatMs(ageMs)
          return {
            rule: 'lane-isolation',
            message: `${object} took ${observed} while ${trouble}`,
            expected: limit.text,
            observed,
            object,
          }
        })
      return {
        verdict: good ? 'pass' : 'fail',
        summary,
        looked: meant.length,
        findings,
        figures: { p99Ms, troubleMs: seconds },
      }
    },
  }
}

function saturatedWindows(backlog: LaneBacklog, saturated: number, endMs: number): Window[] {
  const windows: Window[] = []
  let fromMs: number | undefined
  for (const { atMs, records } of backlog.points()) {
    if (records >= saturated) fromMs ??= atMs
    else if (fromMs !== undefined) {
      windows.push({ fromMs, untilMs: atMs })
      fromMs = undefined
    }
  }
  if (fromMs !== undefined) windows.push({ fromMs, untilMs: endMs })
  return windows
}

/** From the first to the last sign of the fault. */
function faultWindow(name: string) {
  let fromMs: number | undefined
  let untilMs = 0
  return {
    observe(event: HistoryEvent): void {
      const sign =
        event.kind === 'fault-injected' || event.kind === 'fault-healed'
          ? event.fault === name
          : (event.kind === 'aws-called' || event.kind === 'function-invoked' || event.kind === 'function-failed') &&
            isFault({ name }, event.fault)
      if (!sign) return
      fromMs ??= event.kind === 'aws-called' ? event.startMs : event.atMs
      untilMs = Math.max(untilMs, event.atMs)
    },
    windows: (): Window[] => (fromMs === undefined ? [] : [{ fromMs, untilMs }]),
  }
}
