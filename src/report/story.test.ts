import { expect, test } from 'vitest'
import { collect, ended, request, retried, started } from './collected-requests.ts'

test('tells a request as a story and as a timeline', () => {
  const { first } = collect([started, ...retried, ended])
  expect(first.examples).toHaveLength(1)
  expect(first.examples[0]?.story).toBe('503 at 0 ms, 503 at 31 ms, 200 at 74 ms')
  expect(first.examples[0]?.timeline?.map((row) => `${row.lane}: ${row.label}`)).toEqual([
    'client: GET /: 200',
    'attempt 1: 503 (abort injected), host 1',
    'back-off: 29 ms',
    'attempt 2: 503 (abort injected), host 1',
    'back-off: 41 ms',
    'attempt 3: 200, host 2',
  ])
})

test('tells what the client got where it differs from the last attempt', () => {
  const timedOut = request('r3', 1100, 504, [{ startMs: 1100, endMs: 1300, code: 0, flags: ['UT'], unseen: true }])
  expect(collect([started, ...timedOut, ended]).first.examples[0]?.story).toBe(
    'timeout at 0 ms, then 504 for the client at 201 ms',
  )
  expect(collect([started, ...request('r4', 1100, 503, []), ended]).first.examples[0]?.story).toBe(
    '503 from Envoy itself at 1 ms',
  )
})

test('tells the grpc-status of a call, and how its answer was slowed', () => {
  const call = request('r5', 1100, 200, [
    { startMs: 1100, endMs: 1102, code: 200 },
    { startMs: 1131, endMs: 1133, code: 200 },
  ]).map((event) => {
    if (event.kind === 'request-answered') return { ...event, grpcStatus: 0 }
    if (event.kind === 'attempt-seen' && event.attempt === 2) return { ...event, grpcStatus: 0, kibPerSecond: 64 }
    if (event.kind === 'attempt-logged') return { ...event, grpcStatus: event.attempt === 1 ? 14 : 0 }
    return event
  })
  const { first } = collect([started, ...call, ended])
  expect(first.examples[0]?.story).toBe('grpc-status 14 (UNAVAILABLE) at 0 ms, grpc-status 0 (OK) at 31 ms')
  expect(first.examples[0]?.timeline?.map(({ label, outcome }) => `${label}: ${outcome}`)).toEqual([
    'GET /: grpc-status 0 (OK): ok',
    'grpc-status 14 (UNAVAILABLE), host 1: failed',
    '29 ms: waiting',
    'grpc-status 0 (OK) (64 KiB/s), host 1: ok',
  ])
})
