import { expect, test } from 'vitest'
import { collect, ended, request, started } from './collected-requests.ts'

const once = (id: string, atMs: number, tookMs: number, code = 200) =>
  request(id, atMs, code, [{ startMs: atMs, endMs: atMs + tookMs, code }])

const exemplarsOf = (...requests: readonly ReturnType<typeof request>[]) =>
  collect([started, ...requests.flat(), ended]).first.exemplars ?? []

test('each bin gives its slowest request and its slowest failure', () => {
  const found = exemplarsOf(
    once('quick', 1101, 2),
    once('slow', 1110, 30),
    once('bad', 1120, 3, 503),
    once('worse', 1125, 5, 503),
    once('later', 2205, 4),
  )
  expect(found.map(({ requestId, failed }) => [requestId, failed])).toEqual([
    ['slow', false],
    ['worse', true],
    ['later', false],
  ])
  expect(found[0]).toMatchObject({ latencyMs: 31.5, story: '200 at 0 ms' })
  expect(found[0]?.timeline?.map(({ lane }) => lane)).toEqual(['client', 'attempt 1'])
})

test('one that is both stands once, and ties go to the earlier', () => {
  const found = exemplarsOf(once('bad', 1101, 30, 503), once('too', 1102, 30, 503), once('quick', 1110, 2))
  expect(found.map(({ requestId }) => requestId)).toEqual(['bad'])
})

test('only a dozen has a timeline with it: failures first, then the slowest', () => {
  const good = Array.from({ length: 50 }, (_, index) => once(`g${index}`, 1001 + index * 50, 10 + index))
  const bad = Array.from({ length: 10 }, (_, index) => once(`b${index}`, 1005 + index * 50, 1 + index / 10, 503))
  const found = exemplarsOf(...good, ...bad)
  const drawn = found.filter(({ timeline }) => timeline !== undefined)
  expect(found).toHaveLength(60)
  expect(drawn).toHaveLength(12)
  expect(drawn.filter(({ failed }) => failed)).toHaveLength(6)
  expect(drawn.filter(({ failed }) => !failed).map(({ requestId }) => requestId)).toEqual([
    'g44',
    'g45',
    'g46',
    'g47',
    'g48',
    'g49',
  ])
})

test('nothing was answered: none', () => {
  expect(exemplarsOf()).toEqual([])
})
