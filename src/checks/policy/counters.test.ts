// Rule `counters`: each exact counter is held to the history, to the last request.

import { describe, expect, test } from 'vitest'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder } from './history-builder.ts'

describe('counters', () => {
  const mixed = () =>
    new HistoryBuilder()
      .request({ id: 'a', atMs: 100, tries: [{ code: 503 }, { code: 200 }] })
      .request({
        id: 'b',
        atMs: 110,
        tries: Array.from({ length: 4 }, () => ({ code: 502 })),
        logged: { flags: ['URX'] },
      })
      .request({ id: 'c', atMs: 120, tries: [{ code: 0, flags: ['UT'], tookMs: 1000 }, { code: 200 }] })
      .request({
        id: 'd',
        atMs: 130,
        tries: [{ code: 503 }],
        endsAfterMs: 2995,
        logged: { code: 504, flags: ['UT'], details: 'response_timeout' },
      })

  test('equal to the history', () => {
    const conclusion = mixed().judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.figures?.['counters.looked']).toBeGreaterThan(8)
  })

  test.each([
    'upstream_rq_total',
    'upstream_rq_retry',
    'upstream_rq_retry_success',
    'upstream_rq_retry_limit_exceeded',
    'upstream_rq_retry_overflow',
    'upstream_rq_per_try_timeout',
    'upstream_rq_pending_overflow',
    'retry.upstream_rq_502',
    'outlier_detection.ejections_enforced_total',
  ])('%s is off by one', (stat) => {
    expectOnly('counters', mixed().count(stat, 1))
    if (stat === 'upstream_rq_total') expectOnly('counters', mixed().count(stat, -1))
  })

  test('read before the last request ended they prove nothing', () => {
    const builder = mixed()
    builder.change(
      (event) => event.kind === 'request-logged' && event.id === 'a',
      (event) => [{ ...event, atMs: 90_000 }],
    )
    const counters = (atMs: number, phase: 'before' | 'after') =>
      builder.add({ kind: 'counters', atMs, phase, envoy: 'egress', values: {} })
    counters(0, 'before')
    counters(5000, 'after')
    expect(builder.judge({ rules: ['counters'] }, { counters: false }).verdict).toBe('inconclusive')
  })
})
