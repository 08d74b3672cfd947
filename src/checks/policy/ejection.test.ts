// The four ejection rules: due, for a reason, idle while it lasts, and back in time.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, outlier, plainRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder } from './history-builder.ts'

describe('ejection', () => {
  const declared = declaredPolicy({ routes: [plainRoute], cluster: { outlier } })
  /** Three bad answers of host 1 in a row, the last of them at about 130 ms, with good ones of host 2 all the time. */
  function failing(bad = 3, policy = declared) {
    const builder = new HistoryBuilder(policy)
    for (let index = 0; index < bad; index++) {
      builder.request({ id: `bad-${index}`, atMs: 105 + index * 10, tries: [{ code: 503, host: 1 }] })
    }
    for (let index = 0; index < 30; index++) {
      builder.request({ id: `good-${index}`, atMs: 100 + index * 30, tries: [{ code: 200, host: 2 }] })
    }
    return builder
  }
  const thirdEndMs = 105 + 20 + 0.4 + 4.1

  test('out after three, back in time', () => {
    const conclusion = failing()
      .ejection(thirdEndMs, 1, thirdEndMs + 350)
      .judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.verdict).toBe('pass')
    expect(conclusion.figures).toMatchObject({
      'ejection-due.looked': 1,
      'ejection-reason.looked': 1,
      'ejection-return.looked': 1,
    })
  })

  test('due, but it did not come', () => {
    expect(expectOnly('ejection-due', failing())?.requestId).toBe('bad-2')
  })

  test('due, but it came only after a dozen', () => {
    const builder = failing(12).ejection(thirdEndMs + 90, 1, thirdEndMs + 440)
    expectOnly('ejection-due', builder)
  })

  test('a success in between starts over', () => {
    const builder = failing(2).request({ id: 'success', atMs: 150, tries: [{ code: 200, host: 1 }] })
    expect(builder.request({ id: 'bad-3', atMs: 170, tries: [{ code: 503, host: 1 }] }).judge().findings).toEqual([])
  })

  test('a success within a millisecond may have been counted before or after', () => {
    const near = () => failing(2).request({ id: 'success', atMs: 125.3, tries: [{ code: 200, host: 1 }] })
    const last = { id: 'bad-2', atMs: 125, tries: [{ code: 503, host: 1 }] }
    expect(near().request(last).judge().findings).toEqual([])
    expect(near().request(last).ejection(129.5, 1, 480).judge().findings).toEqual([])
  })

  test('10 % of three hosts is nobody', () => {
    const nobody = declaredPolicy({
      routes: [plainRoute],
      cluster: { outlier: { ...outlier, maxEjectionPercent: 10 } },
    })
    expect(failing(3, nobody).judge().findings).toEqual([])
    expectOnly('ejection-reason', failing(3, nobody).ejection(thirdEndMs, 1, thirdEndMs + 350))
  })

  test('not enforced is not due', () => {
    const off = declaredPolicy({
      routes: [plainRoute],
      cluster: { outlier: { ...outlier, enforcingConsecutive5xx: 0 } },
    })
    expect(failing(3, off).judge().findings).toEqual([])
    expectOnly('ejection-reason', failing(3, off).ejection(thirdEndMs, 1, thirdEndMs + 350))
  })

  test('after two is too early', () => {
    expectOnly('ejection-reason', failing(2).ejection(thirdEndMs - 10, 1, thirdEndMs + 340))
  })

  test('none is declared', () => {
    const none = declaredPolicy({ routes: [plainRoute] })
    expect(failing(3, none).judge().findings).toEqual([])
    expectOnly('ejection-reason', failing(3, none).ejection(thirdEndMs, 1))
  })

  test('gateway failures have a threshold of their own', () => {
    const gateway = {
      ...outlier,
      consecutive5xx: 10,
      consecutiveGatewayFailure: 3,
      enforcingConsecutiveGatewayFailure: 100,
    }
    const policy = declaredPolicy({ routes: [plainRoute], cluster: { outlier: gateway } })
    const eject = (builder: HistoryBuilder) =>
      builder.ejection(thirdEndMs, 1, thirdEndMs + 350, 'CONSECUTIVE_GATEWAY_FAILURE')
    expect(eject(failing(3, policy)).judge().findings).toEqual([])
    expectOnly('ejection-due', failing(3, policy))
    expectOnly('ejection-reason', eject(failing(2, policy)))
  })

  test('timeouts and resets count, a client that leaves does not', () => {
    const builder = failing(2).request({
      id: 'left',
      atMs: 140,
      tries: [{ code: 0, host: 1 }],
      logged: { code: 0, flags: ['DC'], details: 'downstream_remote_disconnect' },
      answered: { error: 'timeout' },
    })
    expect(builder.judge().findings).toEqual([])
    builder.request({ id: 'reset', atMs: 150, tries: [{ code: 0, flags: ['UC'], host: 1 }] })
    expectOnly('ejection-due', builder)
  })

  test('an ejected host gets nothing', () => {
    const late = { id: 'stray', atMs: thirdEndMs + 200, tries: [{ code: 200, host: 1 }] }
    const builder = failing()
      .ejection(thirdEndMs, 1, thirdEndMs + 350)
      .request(late)
    expect(expectOnly('ejected-host-idle', builder)?.requestId).toBe('stray')
  })

  test('but what was under way, and what comes after it is back', () => {
    const builder = failing().ejection(thirdEndMs, 1, thirdEndMs + 350)
    builder.request({ id: 'under-way', atMs: thirdEndMs - 2, tries: [{ code: 200, tookMs: 100, host: 1 }] })
    builder.request({ id: 'back', atMs: thirdEndMs + 351, tries: [{ code: 200, host: 1 }] })
    expect(builder.judge().findings).toEqual([])
  })

  test('and what the merge window lets through', () => {
    const merging = declaredPolicy({ routes: [plainRoute], cluster: { outlier, mergeWindowMs: 1000 } })
    const late = { id: 'stray', atMs: thirdEndMs + 200, tries: [{ code: 200, host: 1 }] }
    expect(
      failing(3, merging)
        .ejection(thirdEndMs, 1, thirdEndMs + 350)
        .request(late)
        .judge().findings,
    ).toEqual([])
  })

  test('in panic everybody gets traffic', () => {
    const all = declaredPolicy({ routes: [plainRoute], cluster: { outlier: { ...outlier, maxEjectionPercent: 100 } } })
    const builder = failing(3, all).ejection(thirdEndMs, 1, thirdEndMs + 350)
    for (let index = 0; index < 3; index++)
      builder.request({ id: `third-${index}`, atMs: 140 + index * 10, tries: [{ code: 503, host: 3 }] })
    builder.ejection(140 + 24.5, 3, 140 + 24.5 + 350)
    builder.request({ id: 'stray', atMs: 300, tries: [{ code: 200, host: 1 }] })
    expect(builder.judge().findings).toEqual([])
  })

  test('what fails in a panic counts on after the return', () => {
    const all = declaredPolicy({ routes: [plainRoute], cluster: { outlier: { ...outlier, maxEjectionPercent: 100 } } })
    const history = (inPanic: number) => {
      const builder = failing(3, all).ejection(thirdEndMs, 1, thirdEndMs + 350)
      for (let index = 0; index < 3; index++)
        builder.request({ id: `third-${index}`, atMs: 140 + index * 10, tries: [{ code: 503, host: 3 }] })
      builder.ejection(140 + 24.5, 3, 140 + 24.5 + 350)
      for (let index = 0; index < inPanic; index++)
        builder.request({ id: `panic-${index}`, atMs: 400 + index * 10, tries: [{ code: 503, host: 1 }] })
      builder.request({ id: 'after', atMs: thirdEndMs + 360, tries: [{ code: 503, host: 1 }] })
      return builder.ejection(thirdEndMs + 365, 1, thirdEndMs + 365 + 650, 'CONSECUTIVE_5XX', 2)
    }
    expect(history(2).judge().findings).toEqual([])
    expectOnly('ejection-reason', history(0))
  })

  test.each([
    [200, false],
    [297, true],
    [350, true],
    [430, true],
    [480, false],
  ])('back after %f ms: right is %s', (outMs, right) => {
    const builder = failing().ejection(thirdEndMs, 1, thirdEndMs + outMs)
    if (right) expect(builder.judge().findings).toEqual([])
    else expectOnly('ejection-return', builder)
  })

  test('never back', () => {
    expectOnly('ejection-return', failing().ejection(thirdEndMs, 1))
  })

  test('the second time it stays out twice as long', () => {
    const again = () => {
      const builder = failing().ejection(thirdEndMs, 1, thirdEndMs + 310)
      for (let index = 0; index < 3; index++) {
        builder.request({ id: `again-${index}`, atMs: 445 + index * 5, tries: [{ code: 503, host: 1 }] })
      }
      return builder.request({ id: 'last', atMs: 2000, tries: [{ code: 200, host: 2 }] })
    }
    expect(
      again()
        .ejection(459.5, 1, 459.5 + 650, 'CONSECUTIVE_5XX', 2)
        .judge().findings,
    ).toEqual([])
    expectOnly('ejection-return', again().ejection(459.5, 1, 459.5 + 900, 'CONSECUTIVE_5XX', 2))
  })
})
