// The breaker rules: refused only while the breaker is full, and never let in beyond it.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, userCluster } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder, type Request } from './history-builder.ts'

const breakers = { ...userCluster.breakers, maxPendingRequests: 2 }

describe('pending-breaker', () => {
  const declared = declaredPolicy({ cluster: { breakers } })
  const overflow = [{ code: 0, flags: ['UO'], waitMs: 'none' as const, tookMs: 0.05, host: 0 }]
  /** `waiting` requests queue from 100 ms to 200 ms; one more comes at 150 ms. */
  function queue(waiting: number, extra: Request['tries']) {
    const builder = new HistoryBuilder(declared)
    for (let index = 0; index < waiting; index++) {
      builder.request({ id: `waits-${index}`, atMs: 100 + index, tries: [{ code: 200, waitMs: 100 }] })
    }
    return builder.request({ id: 'the-one', atMs: 150, tries: extra })
  }

  test('refused while the queue is full', () => {
    const conclusion = queue(2, overflow).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.verdict).toBe('pass')
    expect(conclusion.figures?.['pending-breaker.looked']).toBe(4)
  })

  test('refused although the queue has room', () => {
    expect(expectOnly('pending-breaker', queue(1, overflow))).toMatchObject({
      requestId: 'the-one',
      observed: '1 at that moment',
    })
  })

  test('let in although the queue is full', () => {
    expectOnly('pending-breaker', queue(2, [{ code: 200, waitMs: 100 }]))
  })

  test('a wait shorter than the stamps are exact accuses nobody', () => {
    expect(queue(2, [{ code: 200, waitMs: 2 }]).judge().findings).toEqual([])
  })

  test('refused late', () => {
    const late = overflow.map((one) => ({ ...one, tookMs: 40 }))
    expect(queue(2, late).judge().findings).toEqual([])
    expectOnly('pending-breaker', queue(2, late).neighbours(140, 200))
  })

  test('an overflow is never tried again', () => {
    const conclusion = queue(2, [...overflow, { code: 200 }]).judge()
    expect(conclusion.findings.map((finding) => finding.rule)).toEqual(['retry-reason'])
  })

  test('max_requests refuses at the host, while as many run', () => {
    const one = declaredPolicy({ cluster: { breakers: { ...breakers, maxRequests: 1 } } })
    const refused = [{ code: 0, flags: ['UO'], waitMs: 'none' as const, tookMs: 0.05, host: 1 }]
    const running = new HistoryBuilder(one).request({ id: 'runs', atMs: 100, tries: [{ code: 200, tookMs: 100 }] })
    expect(running.request({ id: 'a', atMs: 150, tries: refused }).judge().findings).toEqual([])
    expectOnly('pending-breaker', running.request({ id: 'b', atMs: 300, tries: refused }))
  })
})

describe('retry-breaker', () => {
  const declared = declaredPolicy({ cluster: { breakers: { ...breakers, maxRetries: 2 } } })
  const retried = [{ code: 503 }, { code: 200, backOffMs: 20, tookMs: 60 }]
  const refused = { tries: [{ code: 503 }], logged: { flags: ['UO'] } }
  /** Retries hold slots from 105 ms to 185 ms; one more fails at 125 ms. */
  function retrying(slots: number, extra: Omit<Request, 'id' | 'atMs'>) {
    const builder = new HistoryBuilder(declared)
    for (let index = 0; index < slots; index++)
      builder.request({ id: `slot-${index}`, atMs: 100 + index, tries: retried })
    return builder.request({ id: 'the-one', atMs: 120, ...extra })
  }

  test('refused while all slots are taken', () => {
    const conclusion = retrying(2, refused).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.verdict).toBe('pass')
  })

  test('refused although one is free', () => {
    expect(expectOnly('retry-breaker', retrying(1, refused))?.config?.text).toBe('maxRetries')
  })

  test('refused ones of the same moment do not excuse each other', () => {
    const builder = retrying(1, refused)
    for (let index = 0; index < 5; index++)
      builder.request({ id: `refused-${index}`, atMs: 120 + index * 0.1, ...refused })
    expect(builder.judge().figures?.['retry-breaker.violations']).toBe(6)
  })

  test('tried again although all are taken', () => {
    expectOnly('retry-breaker', retrying(2, { tries: retried }))
  })

  test('a slot is held through a back-off that is cut short', () => {
    const leaves = {
      logged: { code: 0, flags: ['DC'], details: 'downstream_remote_disconnect' },
      answered: { error: 'timeout' as const },
    }
    const builder = retrying(1, refused).request({
      id: 'left',
      atMs: 110,
      tries: [{ code: 503 }],
      endsAfterMs: 20,
      ...leaves,
    })
    expect(builder.judge().findings).toEqual([])
  })
})
