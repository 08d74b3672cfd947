// Rule `complete`: whatever is missing, doubled or inserted in a history is named.

import { describe, expect, test } from 'vitest'
import { expectOnly } from './expect-only.ts'
import type { Draft, Request } from './history-builder.ts'
import { fine, history, withRequest } from './the-one.ts'

describe('complete', () => {
  const post: Omit<Request, 'id' | 'atMs'> = { method: 'POST', tries: [{ code: 503 }] }
  const second = { id: 'the-one', attempt: 2, cluster: 'user-development' }
  const seenTwice: Draft = {
    kind: 'attempt-seen',
    ...second,
    startMs: 420,
    atMs: 424,
    code: 200,
    flags: [],
    details: '',
    host: 1,
    authority: 'user.internal',
    method: 'POST',
    path: '/',
    protocol: 'HTTP/1.1',
  }
  const loggedTwice: Draft = {
    kind: 'attempt-logged',
    ...second,
    startMs: 420,
    readyMs: 420.1,
    atMs: 424,
    code: 200,
    flags: [],
    details: '',
    failureReason: '',
    host: '127.0.0.1:8080',
    protocol: 'HTTP/1.1',
  }

  test('a POST that was tried once passes', () => {
    expect(withRequest(post).judge().verdict).toBe('pass')
  })

  test.each([
    ['seen upstream', [seenTwice]],
    ['in the upstream log', [loggedTwice]],
    ['in both', [seenTwice, loggedTwice]],
  ])('a second attempt of a POST inserted %s is named', (_where, events) => {
    const finding = expectOnly('complete', withRequest(post).add(...events))
    expect(finding?.message).toContain('POST user/')
    expect(finding?.timeline?.length).toBeGreaterThan(1)
  })

  test('also long after the request ended', () => {
    const builder = withRequest(post).request({ id: 'much-later', atMs: 60_000, ...fine })
    expectOnly('complete', builder.add({ ...seenTwice, startMs: 59_000, atMs: 59_004 }))
  })

  test('inserted in every log, it is an attempt too many', () => {
    const builder = withRequest(post)
      .add(seenTwice, loggedTwice)
      .change(
        (event) => event.kind === 'request-logged' && event.id === 'the-one',
        (event) => [{ ...event, atMs: 424.1, attempts: 2, code: 200 } as typeof event],
      )
      .change(
        (event) => event.kind === 'request-answered' && event.id === 'the-one',
        (event) => [{ ...event, atMs: 425, status: 200 } as typeof event],
      )
    const conclusion = builder.judge()
    expect(conclusion.verdict).toBe('fail')
    expect(conclusion.findings[0]).toMatchObject({ rule: 'attempts', requestId: 'the-one' })
    // The counters of such a history do not fit either.
    expect(new Set(conclusion.findings.map((finding) => finding.rule))).toEqual(new Set(['attempts', 'counters']))
  })

  test.each(['request-answered', 'request-logged', 'attempt-logged', 'attempt-seen', 'request-sent'] as const)(
    'a missing or doubled %s is named',
    (kind) => {
      const mine = (event: { kind: string; id?: string }) => event.kind === kind && event.id === 'the-one'
      expectOnly(
        'complete',
        withRequest(fine).change(mine as never, () => []),
      )
      expectOnly(
        'complete',
        withRequest(fine).change(mine as never, (event) => [event, event]),
      )
    },
  )

  test('a run that was cut off accuses nobody of what is missing', () => {
    const builder = withRequest(fine).change(
      (event) => event.kind === 'request-answered' && event.id === 'the-one',
      () => [],
    )
    expect(builder.judge({}, { ended: false }).verdict).toBe('inconclusive')
  })

  test('a client that gave up before Envoy heard of it is no gap', () => {
    const builder = history()
    const sent = {
      kind: 'request-sent' as const,
      id: 'x',
      method: 'GET',
      host: 'user',
      path: '/',
      bodyBytes: 0,
      plan: [],
    }
    builder.add({ ...sent, atMs: 400, traffic: 0, intendedMs: 400 })
    builder.add({ kind: 'request-answered', id: 'x', atMs: 500, error: 'connect', bytes: 0, latencyMs: 100 })
    expect(builder.judge().verdict).toBe('pass')
  })

  test('an attempt lost on the way need not be seen upstream', () => {
    const builder = withRequest({ tries: [{ code: 0, flags: ['UC'] }, { code: 200 }] }).change(
      (event) => event.kind === 'attempt-seen' && event.id === 'the-one' && event.attempt === 1,
      () => [],
    )
    expect(builder.judge().findings).toEqual([])
  })

  test('a retry that found no healthy host counts as attempt without a line', () => {
    const builder = withRequest({
      tries: [{ code: 503 }],
      endsAfterMs: 12,
      logged: { code: 503, flags: ['UH'], details: 'no_healthy_upstream', attempts: 2 },
    })
    // No healthy host is a question of its own; the history is whole.
    expect(builder.judge({ disable: ['answer'] }).verdict).toBe('pass')
  })
})
