// backlog: how many records wait in a lane at most, and how long after the load has ended (or after a moment of the scenario,
// the end of a burst) until none does.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { formatMs, parseDurationMs } from '../../core/units.ts'
import type { Finding } from '../../core/verdict.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { laneBacklog } from './lane-backlog.ts'
import { scenarioSpan } from './scenario-span.ts'

const duration = z.string().regex(/^\d+(\.\d+)?(us|ms|s|m|h)$/, 'a duration such as "5s"')

const schema = z
  .strictObject({
    lane: z.enum(['fast', 'slow']),
    atMost: z.int().min(0).optional().describe('Records that may wait at the same time'),
    drainedWithin: duration.optional().describe('From the last put, or from `from`, until no record waits'),
    from: duration
      .optional()
      .describe("Since the scenario's start: where `drainedWithin` begins, for instance at the end of a burst"),
  })
  .refine(
    ({ atMost, drainedWithin }) => atMost !== undefined || drainedWithin !== undefined,
    'at least one of atMost and drainedWithin',
  )

export const backlog: CheckKind<z.output<typeof schema>> = {
  name: 'backlog',
  judges: 'pipeline',
  about: 'Records that wait in a lane: how many at most, and how soon none does once the load has ended.',
  schema,
  needs: ['mapping-read'],
  start({ lane, atMost, drainedWithin, from }) {
    const waiting = laneBacklog(lane)
    const span = scenarioSpan()
    let lastPutMs = 0
    return {
      observe(event) {
        waiting.observe(event)
        span.observe(event)
        if (event.kind === 'object-put' && event.error === undefined && event.dest === lane)
          lastPutMs = Math.max(lastPutMs, event.atMs)
      },
      conclude() {
        const points = waiting.points()
        const looked = waiting.records()
        if (looked === 0) return nothingSeen(`no record was seen in lane ${lane}`)
        const peak = points.reduce((left, right) => (right.records > left.records ? right : left), {
          atMs: 0,
          records: 0,
        })
        const fromMs = from === undefined ? lastPutMs : span.startMs() + (parseDurationMs(from) ?? 0)
        const before = points.findLast(({ atMs }) => atMs <= fromMs)
        const empty = points.find(({ atMs, records }) => atMs > fromMs && records === 0)
        const rest = points.some(({ atMs }) => atMs > fromMs)
        const idle = (before === undefined || before.records === 0) && (from !== undefined || !rest)
        const drainedMs = idle ? 0 : (empty?.atMs ?? Number.POSITIVE_INFINITY) - fromMs
        const limitMs = drainedWithin === undefined ? undefined : (parseDurationMs(drainedWithin) ?? 0)
        const left = points.at(-1)?.records ?? 0
        const drained = Number.isFinite(drainedMs)
          ? `none ${formatMs(drainedMs)} after ${from === undefined ? 'the last put' : from}`
          : `still ${left} at the end, ${formatMs(span.endMs() - fromMs)} after ${from === undefined ? 'the last put' : from}`
        const findings: Finding[] = []
        if (atMost !== undefined && peak.records > atMost) {
          const message = `${amount(peak.records, 'record')} waited in lane ${lane} at ${span.clock(peak.atMs)}`
          findings.push({ rule: 'backlog', message, expected: `at most ${atMost}`, observed: String(peak.records) })
        }
        if (limitMs !== undefined && drainedMs > limitMs) {
          const message = `records waited in lane ${lane}: ${drained}`
          findings.push({ rule: 'backlog', message, expected: `none after ${drainedWithin}`, observed: drained })
        }
        return {
          verdict: findings.length === 0 ? 'pass' : 'fail',
          summary: `lane ${lane}: at most ${amount(peak.records, 'record')} waited, ${drained}`,
          looked,
          findings,
          figures: {
            peakRecordsCount: peak.records,
            leftRecordsCount: left,
            ...(Number.isFinite(drainedMs) ? { drainedMs } : {}),
          },
        }
      },
    }
  },
}
