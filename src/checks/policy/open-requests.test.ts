// How requests are put together: in any order of their events, handed over once, with memory bounded by open requests.

import { expect, test } from 'vitest'
import type { HistoryEvent } from '../../core/history.ts'
import { HistoryBuilder } from './history-builder.ts'
import { type Closing, mustBeSeen, openRequests } from './open-requests.ts'

function collect(events: readonly HistoryEvent[], timeoutMs = 1000) {
  const closed: { id: string; why: Closing; events: number }[] = []
  const open = openRequests(timeoutMs, ({ id, sent, answered, logged, attempts, seen }, why) => {
    const count = sent.length + answered.length + logged.length + attempts.length + seen.length
    closed.push({ id, why, events: count })
  })
  for (const event of events) open.observe(event)
  return { closed, open }
}

const one = () => new HistoryBuilder().request({ id: 'a', atMs: 100, tries: [{ code: 503 }, { code: 200 }] }).events
const beat = (atMs: number): HistoryEvent => ({
  kind: 'heartbeat',
  atMs,
  lateMs: 0,
  src: 'runner',
  seq: 0,
  scenario: '',
})

test('a request is handed over after a second of quiet, whatever the order of its lines', () => {
  for (const events of [one(), one().toReversed()]) {
    expect(collect([...events, beat(1000)]).closed).toEqual([])
    expect(collect([...events, beat(1200)]).closed).toEqual([{ id: 'a', why: 'settled', events: 7 }])
  }
})

test('a line that never comes is waited for, but not for ever', () => {
  const events = one().filter((event) => event.kind !== 'request-logged')
  expect(collect([...events, beat(9000)]).closed).toEqual([])
  expect(collect([...events, beat(11_000)]).closed).toMatchObject([{ id: 'a', why: 'overdue' }])
  const unanswered = events.filter((event) => event.kind !== 'request-answered')
  expect(collect([...unanswered, beat(30_000)]).closed).toEqual([])
  expect(collect([...unanswered, beat(32_000)]).closed).toMatchObject([{ why: 'overdue' }])
})

test('nothing that is handed over later begins before the watermark', () => {
  const hanging = new HistoryBuilder().request({ id: 'slow', atMs: 100, tries: [{ code: 200, tookMs: 9000 }] })
  for (let index = 0; index < 50; index++)
    hanging.request({ id: `b${index}`, atMs: 200 + index * 100, tries: [{ code: 200 }] })
  const events = hanging.events.toSorted((left, right) => left.atMs - right.atMs)
  let watermarkMs = Number.NEGATIVE_INFINITY
  const open = openRequests(10_000, (trace) => expect(trace.fromMs).toBeGreaterThan(watermarkMs))
  for (const event of events) {
    open.observe(event)
    watermarkMs = Math.max(watermarkMs, open.watermarkMs())
  }
  open.end()
})

test('too many open requests are handed over unfinished instead of filling the memory', () => {
  const sent = (index: number) =>
    ({
      kind: 'request-sent',
      id: `r${index}`,
      atMs: 1,
      src: 'load',
      seq: index,
      scenario: 's',
    }) as unknown as HistoryEvent
  const { closed } = collect(Array.from({ length: 100_010 }, (_, index) => sent(index)))
  expect(closed).toHaveLength(10)
  expect(closed[0]?.why).toBe('crowded')
})

test('upstream must have seen an attempt, but for one that was cut the moment it had a connection', () => {
  const attempt = (code: number, readyMs: number | undefined, flags: readonly string[] = []) => ({
    ...{ kind: 'attempt-logged', src: 'egress', seq: 0, scenario: 's', id: 'a', attempt: 1, cluster: 'user' },
    ...{ details: '', failureReason: '', host: '127.0.0.2:80', protocol: 'HTTP/1.1', startMs: 0, atMs: 1000 },
    ...{ code, flags, ...(readyMs === undefined ? {} : { readyMs }) },
  })
  const seen = (...what: Parameters<typeof attempt>) => mustBeSeen(attempt(...what) as Parameters<typeof mustBeSeen>[0])
  expect([seen(200, 999), seen(0, 900), seen(504, 999)]).toEqual([true, true, true])
  expect([seen(0, 999.9), seen(0, undefined), seen(0, 900, ['UC'])]).toEqual([false, false, false])
})
