import { expect, test } from 'vitest'
import type { RequestAnswered, RequestSent } from '../core/history.ts'
import { openRequests, type SettledRequest } from './open-requests.ts'

const base = { src: 'load', seq: 0, scenario: 's', traffic: 0 } as const

const sent = (id: string, atMs: number): RequestSent => ({
  ...base,
  kind: 'request-sent',
  atMs,
  id,
  method: 'GET',
  host: 'user',
  path: '/',
  bodyBytes: 0,
  intendedMs: atMs,
  plan: [],
})
const answered = (id: string, atMs: number): RequestAnswered => ({
  ...base,
  kind: 'request-answered',
  atMs,
  id,
  status: 200,
  bytes: 0,
  latencyMs: 3,
})

test('memory holds open requests and those of the last two seconds only', () => {
  let settled = 0
  const requests = openRequests(() => settled++)
  for (let index = 0; index < 10_000; index++) {
    requests.observe(sent(`r${index}`, index * 10))
    requests.observe(answered(`r${index}`, index * 10 + 3))
    // 100 requests/s and a grace of 2 s: never more than about 201 are held.
    expect(index + 1 - settled).toBeLessThanOrEqual(201)
  }
  requests.flush()
  expect(settled).toBe(10_000)
})

test('a request without an answer is settled by flush, and one that was never sent is none', () => {
  const settled: SettledRequest[] = []
  const requests = openRequests((request) => settled.push(request))
  requests.observe(sent('a', 0))
  requests.observe(answered('b', 1))
  requests.flush()
  expect(settled.map((request) => [request.sent.id, request.answered])).toEqual([['a', undefined]])
})

test('past 100,000 open requests the oldest is settled', () => {
  const settled: string[] = []
  const requests = openRequests((request) => settled.push(request.sent.id))
  for (let index = 0; index < 100_003; index++) requests.observe(sent(`r${index}`, 0))
  expect(settled).toEqual(['r0', 'r1', 'r2'])
})
