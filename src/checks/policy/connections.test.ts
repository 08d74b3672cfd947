// What TCP makes visible: connects that hang, connections beyond the breaker, attempts that the relay kept from upstream.

import { describe, expect, test } from 'vitest'
import type { AttemptLogged } from '../../core/history.ts'
import { declaredPolicy, plainRoute, retryRoute, userCluster } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder, type Try } from './history-builder.ts'
import { isRetriable } from './retriable.ts'

const noConnect = (tookMs: number): Try => ({ code: 0, flags: ['UF'], waitMs: 'none', tookMs })

describe('connect-timeout', () => {
  const declared = declaredPolicy({ routes: [plainRoute] })
  const hanging = (tookMs: number, atMs = 100) =>
    new HistoryBuilder(declared).request({ id: 'hangs', atMs, tries: [noConnect(tookMs)] }).neighbours(100, 900)

  test.each([238, 250, 262])('given up after %i ms', (tookMs) => {
    const conclusion = hanging(tookMs).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.figures?.['connect-timeout.looked']).toBe(1)
  })

  test.each([60, 200, 300, 700])('after %i ms is wrong', (tookMs) => {
    expect(expectOnly('connect-timeout', hanging(tookMs))).toMatchObject({ requestId: 'hangs' })
  })

  test('whoever waits for a connect that another began fails with it', () => {
    const both = (tookMs: number) => hanging(250).request({ id: 'joins', atMs: 200, tries: [noConnect(tookMs)] })
    expect(both(150).judge().findings).toEqual([])
    expect(expectOnly('connect-timeout', both(100))).toMatchObject({ requestId: 'joins' })
  })

  test('also when the other failed with a third before', () => {
    const chain = () => hanging(250).request({ id: 'second', atMs: 130, tries: [noConnect(220)] })
    expect(
      chain()
        .request({ id: 'third', atMs: 360, tries: [noConnect(20)] })
        .judge().findings,
    ).toEqual([])
    expectOnly('connect-timeout', chain().request({ id: 'third', atMs: 460, tries: [noConnect(20)] }))
  })

  test('also when the other has left before', () => {
    const left = new HistoryBuilder(declared)
      .request({ id: 'left', atMs: 100, tries: [{ code: 0, waitMs: 'none', tookMs: 100 }], logged: timedOut })
      .request({ id: 'joins', atMs: 200, tries: [noConnect(150)] })
    expect(left.judge().findings.filter(({ rule }) => rule === 'connect-timeout')).toEqual([])
  })

  test('a refused connect is not asked', () => {
    const refused = hanging(1).change(
      (event) => event.kind === 'attempt-logged' && event.id === 'hangs',
      (event) => [{ ...(event as AttemptLogged), failureReason: 'delayed_connect_error:_Connection_refused' }],
    )
    const conclusion = refused.judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.figures?.['connect-timeout.looked']).toBe(0)
  })
})

const timedOut = { code: 504, flags: ['UT'], details: 'response_timeout' }

describe('connection-breaker', () => {
  const breakers = { ...userCluster.breakers, maxConnections: 2 }
  const solo = declaredPolicy({
    routes: [{ ...plainRoute, cluster: 'solo' }],
    cluster: { name: 'solo', breakers },
  })
  /** `count` run from 100 to 300 ms, on connections of their own. */
  function running(count: number, policy = solo, cluster = 'solo') {
    const builder = new HistoryBuilder(policy)
    for (let index = 0; index < count; index++) {
      builder.request({ id: `runs-${index}`, cluster, atMs: 100, tries: [{ code: 200, tookMs: 200 }] })
    }
    return builder
  }
  const waits = (waitMs: number) => ({ id: 'waits', cluster: 'solo', atMs: 150, tries: [{ code: 200, waitMs }] })
  /** Envoy is awake. */
  function awake(builder: HistoryBuilder) {
    for (let atMs = 160; atMs < 295; atMs += 4) {
      builder.add({ kind: 'heartbeat', scenario: '', atMs, lateMs: 0 } as never)
    }
    return builder
  }

  test('as many as declared', () => {
    const conclusion = running(2).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.figures?.['connection-breaker.looked']).toBe(2)
  })

  test('one too many', () => {
    expect(expectOnly('connection-breaker', running(3))).toMatchObject({ observed: '3 in use at that moment' })
  })

  test('each of three hosts has one regardless', () => {
    const three = declaredPolicy({ routes: [plainRoute], cluster: { breakers } })
    expect(running(4, three, 'user-development').judge().findings).toEqual([])
    expectOnly('connection-breaker', running(5, three, 'user-development'))
  })

  test('waits while all are in use', () => {
    const conclusion = awake(running(2)).request(waits(151)).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.figures?.['connection-breaker.looked']).toBe(4)
  })

  test('waits although there is room', () => {
    expect(expectOnly('connection-breaker', awake(running(1)).request(waits(151)))).toMatchObject({
      requestId: 'waits',
      observed: '1 in use at that moment',
    })
  })

  test('a connection that is slow to come is no wait for room', () => {
    expect(awake(running(1)).request(waits(40)).judge().findings).toEqual([])
  })

  test('HTTP/2 shares its connections', () => {
    const shared = declaredPolicy({
      routes: [{ ...plainRoute, cluster: 'solo' }],
      cluster: { name: 'solo', breakers, protocol: 'HTTP/2' },
    })
    const builder = new HistoryBuilder(shared)
    for (let index = 0; index < 5; index++) {
      const tries = [{ code: 200, tookMs: 200 }]
      builder.request({ id: `runs-${index}`, cluster: 'solo', atMs: 100, protocol: 'HTTP/2', tries })
    }
    expect(builder.judge().findings).toEqual([])
  })
})

describe('an attempt at the relay', () => {
  const lost = (fault: string | undefined, client = '127.0.0.1:40001') =>
    new HistoryBuilder(declaredPolicy({ routes: [retryRoute] }))
      .request({ id: 'lost', atMs: 100, tries: [{ code: 0, flags: ['UT'], tookMs: 1000 }, { code: 200 }] })
      .change(
        (event) => event.kind === 'attempt-logged' && event.attempt === 1,
        (event) => [{ ...(event as AttemptLogged), connection: '127.0.0.1:40001' }],
      )
      .change(
        (event) => event.kind === 'attempt-seen' && event.attempt === 1,
        () => [],
      )
      .add({
        kind: 'connection-closed',
        cluster: 'user-development',
        host: 1,
        connection: 1,
        client,
        startMs: 100.5,
        atMs: 1101,
        bytesUp: 0,
        bytesDown: 0,
        closedBy: 'client',
        ...(fault === undefined ? {} : { fault, what: 'never answered' }),
      })

  test('need not be seen upstream when its connection met a fault', () => {
    expect(lost('hang').judge().findings).toEqual([])
  })

  test('is missing when its connection met none, or another did', () => {
    expectOnly('complete', lost(undefined))
    expectOnly('complete', lost('hang', '127.0.0.1:40002'))
  })
})

describe('what a reset is retried by', () => {
  const attempt = (changes: Partial<AttemptLogged>): AttemptLogged => {
    const [event] = new HistoryBuilder()
      .request({ id: 'a', atMs: 0, tries: [{ code: 0, flags: ['UR'] }] })
      .events.filter((one): one is AttemptLogged => one.kind === 'attempt-logged')
    if (event === undefined) throw new Error('no attempt')
    return { ...event, ...changes }
  }
  const refused = attempt({ details: 'upstream_reset_before_response_started{remote_refused_stream_reset}' })
  const other = attempt({ details: 'upstream_reset_before_response_started{remote_reset}' })
  const unconnected = { flags: ['UF'], readyMs: undefined } as unknown as Partial<AttemptLogged>

  test.each([
    ['a refused stream', refused, 'refused-stream', 'yes'],
    ['a refused stream', refused, 'reset-before-request', 'no'],
    ['another reset', other, 'refused-stream', 'no'],
    ['a reset without details', attempt({}), 'refused-stream', 'maybe'],
    ['a connection that closed', attempt({ flags: ['UC'] }), 'reset-before-request', 'no'],
    ['a connection that closed', attempt({ flags: ['UC'] }), 'connect-failure', 'no'],
    ['a connect that failed', attempt(unconnected), 'reset-before-request', 'yes'],
    ['a connect that failed', attempt(unconnected), 'refused-stream', 'no'],
  ] as const)('%s: %#', (_, one, condition, expected) => {
    expect(isRetriable(one, { on: [condition] })).toBe(expected)
  })
})
