import { describe, expect, test } from 'vitest'
import type { DeclaredListener } from '../../mesh/policy.ts'
import { edge } from './edge.ts'
import {
  address,
  declaredEdge,
  declaredListener,
  declaredPolicy,
  type EdgeCall,
  judged,
  plainHeaders,
} from './edge-history.ts'

const ask = (rule: string, calls: readonly EdgeCall[], listener: DeclaredListener = declaredListener) =>
  judged(edge, { rules: [rule] }, calls, declaredPolicy([listener]))
const tooLarge = { code: 413, details: 'request_payload_too_large' }
const post = (bodyBytes: number, path = '/items') => ({ method: 'POST', bodyBytes, path })
const slowPost = (parts: number, everyMs: number) => ({ ...post(100), slowBody: { parts, everyMs } })
const closing = { headers: { connection: 'close' } }

/** Requests that obey, those that do not by what they are, and those that say nothing, by rule. */
const tables: Readonly<
  Record<string, { good: Record<string, EdgeCall[]>; bad: Record<string, EdgeCall[]>; silent: EdgeCall[] }>
> = {
  'body-limit': {
    good: {
      'at the limit': [{ id: 'a', request: post(1024) }],
      'above it': [{ id: 'a', request: post(1025), ...tooLarge }],
      'within that of the route': [{ id: 'a', request: post(8192, '/upload') }],
      'HTTP/2, whole frames above it': [{ id: 'a', request: post(40_000), protocol: 'HTTP/2', ...tooLarge }],
    },
    bad: {
      'above it and passed': [{ id: 'a', request: post(1025) }],
      'at the limit and refused': [{ id: 'a', request: post(1024), ...tooLarge }],
      'refused though the route allows it': [{ id: 'a', request: post(8192, '/upload'), ...tooLarge }],
      'HTTP/2, whole frames above it, passed': [{ id: 'a', request: post(40_000), protocol: 'HTTP/2' }],
    },
    silent: [
      { id: 'a' },
      { id: 'b', request: post(1025), protocol: 'HTTP/2' },
      { id: 'c', request: post(1025), code: 408, details: 'stream_idle_timeout' },
    ],
  },
  path: {
    good: {
      'made simple': [{ id: 'a', request: { path: '/a/../b//c' }, upstream: { path: '/b/c' } }],
      'sent back': [
        {
          id: 'a',
          request: { path: '/a%2Fb' },
          code: 307,
          details: 'path_normalization_failed',
          headers: { location: '/a/b' },
        },
      ],
      refused: [{ id: 'a', request: { path: '/a%00' }, code: 400, details: 'path_normalization_failed' }],
    },
    bad: {
      kept: [{ id: 'a', request: { path: '/a/../b' }, upstream: { path: '/a/../b' } }],
      'not sent back': [{ id: 'a', request: { path: '/a%2Fb' }, upstream: { path: '/a/b' } }],
      'sent elsewhere': [
        {
          id: 'a',
          request: { path: '/a%2Fb' },
          code: 307,
          details: 'path_normalization_failed',
          headers: { location: '/a' },
        },
      ],
      refused: [{ id: 'a', request: { path: '/a//b' }, code: 400, details: 'path_normalization_failed' }],
      'not refused': [{ id: 'a', request: { path: '/a%00' }, upstream: { path: '/a%00' } }],
    },
    silent: [
      { id: 'a', request: { path: '/items/7?next=/../x//' } },
      { id: 'b', request: { path: '/a//b' }, ...tooLarge },
    ],
  },
  'client-address': {
    good: {
      'nobody before it': [{ id: 'a' }, { id: 'b', atMs: 10 }],
      'a proxy': [
        {
          id: 'a',
          request: { headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' } },
          upstream: {
            headers: {
              'x-forwarded-for': `203.0.113.7,${address}`,
              'x-forwarded-proto': 'https',
              'x-envoy-external-address': '203.0.113.7',
            },
          },
          client: '203.0.113.7',
        },
      ],
    },
    bad: {
      'nothing appended': [{ id: 'a', upstream: { headers: { ...plainHeaders, 'x-forwarded-for': '' } } }],
      'something else appended': [{ id: 'a', upstream: { headers: { ...plainHeaders, 'x-forwarded-for': 'me' } } }],
      'two of its own': [
        { id: 'a' },
        { id: 'b', atMs: 10, upstream: { headers: { ...plainHeaders, 'x-forwarded-for': '192.0.2.9' } } },
      ],
      'another scheme': [{ id: 'a', upstream: { headers: { ...plainHeaders, 'x-forwarded-proto': 'https' } } }],
      'another address': [{ id: 'a', upstream: { headers: { ...plainHeaders, 'x-envoy-external-address': address } } }],
      'another client': [{ id: 'a', client: '203.0.113.7' }],
    },
    silent: [{ id: 'a', ...tooLarge }],
  },
  'internal-headers': {
    good: { 'taken away': [{ id: 'a', request: { headers: { 'x-envoy-decorator-operation': 'inside' } } }] },
    bad: {
      'passed on': [
        {
          id: 'a',
          request: { headers: { 'x-envoy-decorator-operation': 'inside' } },
          upstream: { headers: { ...plainHeaders, 'x-envoy-decorator-operation': 'inside' } },
        },
      ],
    },
    silent: [{ id: 'a' }],
  },
  'request-timeout': {
    good: {
      'cut off in time': [
        { id: 'a', request: slowPost(8, 100), tookMs: 501, code: 408, details: 'request_overall_timeout' },
      ],
      'in time': [{ id: 'a', request: slowPost(3, 100), tookMs: 210 }],
    },
    bad: {
      'not cut off': [{ id: 'a', request: slowPost(8, 100), tookMs: 705 }],
      'cut off early': [
        { id: 'a', request: slowPost(8, 100), tookMs: 440, code: 408, details: 'request_overall_timeout' },
      ],
      'cut off late': [
        { id: 'a', request: slowPost(8, 100), tookMs: 600, code: 408, details: 'request_overall_timeout' },
      ],
    },
    silent: [{ id: 'a', tookMs: 700 }],
  },
  'stream-idle': {
    good: {
      'ended in time': [{ id: 'a', request: slowPost(2, 400), tookMs: 302, code: 408, details: 'stream_idle_timeout' }],
      'something moves': [{ id: 'a', request: slowPost(4, 200), tookMs: 605 }],
      'upstream in time': [{ id: 'a', tookMs: 250 }],
    },
    bad: {
      'not ended': [{ id: 'a', request: slowPost(2, 400), tookMs: 405 }],
      'ended early': [{ id: 'a', request: slowPost(2, 400), tookMs: 200, code: 408, details: 'stream_idle_timeout' }],
      'upstream too late': [{ id: 'a', tookMs: 350 }],
    },
    silent: [{ id: 'a' }],
  },
  'keep-alive': {
    good: {
      'kept for less': [
        { id: 'a', connection: '1' },
        { id: 'b', connection: '1', atMs: 300, connectionAgeMs: 301 },
      ],
      'closed after more': [
        { id: 'a', connection: '1' },
        { id: 'b', connection: '1', atMs: 500, connectionAgeMs: 501, ...closing },
      ],
      'closed when old': [{ id: 'a', connection: '1', connectionAgeMs: 2100, ...closing }],
      'closed with the fifth': [1, 2, 3, 4, 5].map((n) => {
        const at = { atMs: n * 10, connectionAgeMs: n * 10 }
        return { id: `a${n}`, connection: '1', ...at, ...(n === 5 ? closing : {}) }
      }),
      'another one, for the first was idle': [
        { id: 'a', connection: '1' },
        { id: 'b', connection: '2', atMs: 600 },
      ],
      'lost long after': [
        { id: 'a', connection: '1' },
        { id: 'b', atMs: 5600, lost: true },
        { id: 'c', atMs: 7000, connectionAgeMs: 2100, ...closing },
      ],
    },
    bad: {
      'kept for more': [
        { id: 'a', connection: '1' },
        { id: 'b', connection: '1', atMs: 500, connectionAgeMs: 501 },
      ],
      'closed after less': [
        { id: 'a', connection: '1' },
        { id: 'b', connection: '1', atMs: 300, connectionAgeMs: 301, ...closing },
      ],
      'kept when old': [{ id: 'a', connection: '1', connectionAgeMs: 2100 }],
      'kept for a sixth': [1, 2, 3, 4, 5, 6].map((n) => {
        return { id: `a${n}`, connection: '1', atMs: n * 10, connectionAgeMs: n * 10 }
      }),
      'closed while free': [
        { id: 'a', connection: '1' },
        { id: 'b', connection: '2', atMs: 200 },
      ],
      'lost at once': [
        { id: 'a', connection: '1' },
        { id: 'b', atMs: 300, lost: true },
      ],
    },
    silent: [{ id: 'a', protocol: 'HTTP/2' }],
  },
}

describe.each(Object.entries(tables))('%s', (rule, { good, bad, silent }) => {
  test.each(Object.entries(good))('kept: %s', (_title, calls) => {
    expect(ask(rule, calls)).toMatchObject({ verdict: 'pass', findings: [] })
  })
  test.each(Object.entries(bad))('violated: %s', (_title, calls) => {
    const { verdict, findings } = ask(rule, calls)
    expect(verdict).toBe('fail')
    expect(findings.map((finding) => finding.rule)).toContain(rule)
  })
  test('nothing to look at is inconclusive', () => {
    const { verdict, summary } = ask(rule, silent)
    expect(verdict).toBe('inconclusive')
    expect(summary).toContain(`no request puts ${rule} to the test`)
    expect(ask(rule, []).verdict).toBe('inconclusive')
  })
})

test('what is declared decides: the same requests by other promises', () => {
  const calls: EdgeCall[] = [{ id: 'a', request: post(1025), ...tooLarge }]
  const unlimited = { ...declaredEdge, bodyLimitBytes: 2048 }
  expect(judged(edge, {}, calls).verdict).toBe('pass')
  const { findings } = judged(edge, {}, calls, declaredPolicy([{ ...declaredListener, edge: unlimited }]))
  expect(findings).toMatchObject([
    {
      rule: 'body-limit',
      message: 'POST shop/items with a body of 1025 bytes was too large',
      expected: 'a limit of 2048 bytes',
      observed: '413 (request_payload_too_large)',
      requestId: 'a',
      config: { text: 'max_request_bytes: 1024' },
    },
  ])
})

test('all rules in one sentence, and what was not put to the test', () => {
  const calls = [
    { id: 'a', request: post(1024) },
    { id: 'b', atMs: 10, request: post(1025) },
  ]
  expect(judged(edge, {}, calls)).toMatchObject({
    verdict: 'fail',
    summary:
      '2 requests: body-limit 1 of 2, client-address 2 of 2, keep-alive 2 of 2; not put to the test: path, internal-headers, request-timeout, stream-idle',
  })
})

test('a config without listeners has no edge', () => {
  const { listeners: _, ...bare } = declaredPolicy()
  expect(judged(edge, {}, [{ id: 'a' }], bare)).toMatchObject({ verdict: 'inconclusive', looked: 0 })
})
