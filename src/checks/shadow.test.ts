// shadow: copies arrive once and where they should, answer nobody, and hold nobody up.

import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { numbered, syntheticHeader, syntheticRequest, syntheticScenario } from '../core/synthetic-history.ts'
import type { Conclusion } from '../core/verdict.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'
import { plainRoute } from './policy/declared-example.ts'
import { shadow } from './shadow.ts'

interface CopiedRequest {
  /** Clusters that got a copy; default: `next`. */
  readonly copies?: readonly string[]
  readonly copyMs?: number
  readonly copyCode?: number
  readonly method?: string
  /** How long after its last attempt the request ended. */
  readonly heldMs?: number
  readonly answer?: number
}

function request(index: number, { copies = ['next'], copyMs = 5, copyCode = 200, ...how }: CopiedRequest): NewEvent[] {
  const id = String(index)
  const { heldMs = 0, method = 'GET', answer } = how
  const events = syntheticRequest(
    { id, intendedMs: index * 10, ...(answer !== undefined && { answer: { status: answer } }) },
    'synthetic',
    'app',
  ).map((event) =>
    event.kind === 'request-logged' || event.kind === 'request-answered'
      ? { ...event, atMs: event.atMs + heldMs }
      : event,
  )
  const startMs = 100 + index * 10
  const copied = copies.map(
    (cluster): NewEvent => ({
      ...{ kind: 'attempt-seen', src: 'fault', scenario: 'synthetic', id, attempt: 1, startMs, atMs: startMs + copyMs },
      ...{ code: copyCode, flags: [], details: '', cluster, host: 1, authority: 'user-shadow', method, path: '/' },
      ...{ protocol: 'HTTP/1.1', shadow: true },
    }),
  )
  return [...events, ...copied]
}

const requests = (count: number, how: (index: number) => CopiedRequest = () => ({})) =>
  Array.from({ length: count }, (_, index) => request(index, how(index))).flat()

function judged(
  events: readonly NewEvent[],
  options: { ratio?: number; open?: number; config?: object; none?: true } = {},
): Conclusion {
  const { ratio = 1, open = 0, config = {}, none } = options
  const route = { ...plainRoute, cluster: 'app', ...(none === undefined && { shadows: [{ cluster: 'next', ratio }] }) }
  const policy: DeclaredPolicy = {
    ...{ node: 'n', file: 'envoy.yaml', clusters: [] },
    virtualHosts: [{ name: 'u', domains: ['user'], routes: [route] }],
  }
  const scenario = syntheticScenario()
  const header = { ...syntheticHeader([scenario]), declaredPolicy: { synthetic: policy } }
  const check = shadow.start(shadow.schema.parse(config), { header, scenario })
  const values = { 'cluster.next.upstream_rq_active': open }
  const counters: NewEvent = {
    kind: 'counters',
    src: 'runner',
    scenario: 'synthetic',
    atMs: 99_999,
    phase: 'after',
    envoy: 'egress',
    values,
  }
  const ordered = [...events, counters].sort((left, right) => left.atMs - right.atMs)
  for (const event of numbered(ordered)) check.observe(event)
  return check.conclude()
}

test('nothing to look at', () => {
  expect(judged([]).verdict).toBe('inconclusive')
  expect(
    judged(
      requests(10, () => ({ copies: [] })),
      { none: true },
    ).verdict,
  ).toBe('inconclusive')
})

test('one copy each, however it went', () => {
  expect(judged(requests(50, (index) => ({ copyCode: index % 2 === 0 ? 503 : 0, copyMs: 300 })))).toMatchObject({
    verdict: 'pass',
    figures: { copiesCount: 50, outlivedCount: 50, slowCount: 50 },
  })
})

describe('fails', () => {
  test.each<[string, CopiedRequest, string]>([
    ['without a copy', { copies: [] }, 'no copy'],
    ['with two copies', { copies: ['next', 'next'] }, 'copied 2 times'],
    ['with a copy elsewhere', { copies: ['next', 'other'] }, 'went to other'],
    ['with another method', { method: 'POST' }, 'another method'],
    ['answered by its copy', { copyCode: 503, answer: 503 }, 'was answered with what its copy got'],
  ])('one request %s', (_, how, words) => {
    const conclusion = judged(requests(50, (index) => (index === 7 ? how : {})))
    expect(conclusion.verdict).toBe('fail')
    expect(conclusion.findings[0]?.message).toContain(words)
  })

  test('a copy of what is not to be copied', () => {
    expect(judged(requests(1), { none: true }).verdict).toBe('fail')
  })

  test('requests that wait for slow copies, but not the machine of one', () => {
    const slow = { copyMs: 400 }
    const held = { ...slow, heldMs: 390 }
    expect(judged(requests(50, () => held)).findings[0]?.message).toContain('waited 390 ms for its copy')
    expect(judged(requests(50, (index) => (index === 7 ? held : slow))).verdict).toBe('pass')
    expect(judged(requests(50, (index) => (index % 10 === 7 ? held : slow))).verdict).toBe('fail')
  })
})

test('a copy that is still under way at the end is not missing', () => {
  const last = (index: number): CopiedRequest => (index > 45 ? { copies: [] } : {})
  expect(judged(requests(50, last), { open: 4 }).verdict).toBe('pass')
  expect(judged(requests(50, last), { open: 3 }).verdict).toBe('fail')
})

test.each<[number, string]>([
  [100, 'pass'],
  [115, 'pass'],
  [200, 'fail'],
  [0, 'fail'],
  [50, 'fail'],
])('of 200 requests half is to be copied: %d', (copied, verdict) => {
  const how = (index: number): CopiedRequest => (index < copied ? {} : { copies: [] })
  expect(judged(requests(200, how), { ratio: 0.5 }).verdict).toBe(verdict)
})

test('where nothing outlived its original, nobody can have waited', () => {
  expect(
    judged(
      requests(20, () => ({ copyMs: 1 })),
      { config: { outlived: 1 } },
    ).verdict,
  ).toBe('inconclusive')
  expect(
    judged(
      requests(20, () => ({ copyMs: 50 })),
      { config: { outlived: 20 } },
    ).verdict,
  ).toBe('pass')
})
