import { expect, test } from 'vitest'
import { syntheticRun } from '../core/synthetic-history.ts'
import { answers } from './answers.ts'
import { runCheck } from './run-check.ts'

const run = syntheticRun([
  ...Array.from({ length: 5 }, (_, index) => ({ id: `ok-${index}`, intendedMs: index })),
  ...Array.from({ length: 4 }, (_, index) => ({
    id: `uo-${index}`,
    intendedMs: index,
    attempts: [],
    flags: ['UO'],
    answer: { status: 503 },
  })),
  { id: 'urx', intendedMs: 50, attempts: [{ code: 504 }, { code: 504 }], flags: ['URX', 'UT'] },
]).map((event) => (event.kind === 'request-logged' && event.id.startsWith('uo') ? { ...event, code: 503 } : event))

test('counts by status, flag and attempts', () => {
  const config = {
    status: { '200': '== 5', '503': '== 4', '5xx': '== 5', '0': '== 0' },
    flags: { UO: '== 4', URX: '== 1', UT: '== 1', '-': '== 5' },
    attempts: { '0': '== 4', '1': '== 5', '2': '== 1' },
  }
  const { verdict, looked, findings } = runCheck(answers, config, run)
  expect({ verdict, looked, findings }).toEqual({ verdict: 'pass', looked: 10, findings: [] })
})

test('a wrong count is a finding with an example', () => {
  const { verdict, findings } = runCheck(answers, { status: { '503': '<= 3' }, flags: { NR: '>= 1' } }, run)
  expect(verdict).toBe('fail')
  expect(findings).toEqual([
    { rule: 'answers', message: '4 of 10 answers had status 503', expected: '<= 3', observed: '4', requestId: 'uo-0' },
    { rule: 'answers', message: '0 of 10 answers had flags NR', expected: '>= 1', observed: '0' },
  ])
})

test('a good history is caught when one answer changes', () => {
  const mutated = run.map((event) =>
    event.kind === 'request-logged' && event.id === 'ok-1' ? { ...event, code: 502 } : event,
  )
  expect(runCheck(answers, { status: { '200': '== 5' } }, mutated).verdict).toBe('fail')
})

test('of nothing it is inconclusive, even where nothing was expected', () => {
  expect(runCheck(answers, { status: { '503': '== 0' } }, []).verdict).toBe('inconclusive')
})

test('counts by grpc-status', () => {
  const calls = syntheticRun([
    { id: 'a', intendedMs: 1, attempts: [{ grpcStatus: 14 }] },
    { id: 'b', intendedMs: 2, attempts: [{ grpcStatus: 0 }] },
    { id: 'c', intendedMs: 3 },
  ])
  expect(runCheck(answers, { grpc: { '14': '== 1', '0': '== 1' } }, calls).verdict).toBe('pass')
  expect(runCheck(answers, { grpc: { '14': '== 2' } }, calls).findings).toMatchObject([
    { requestId: 'a', observed: '1' },
  ])
})

test('settings', () => {
  for (const config of [
    {},
    { status: {} },
    { grpc: { '17': '== 1' } },
    { status: { '99': '== 1' } },
    { flags: { uo: '== 1' } },
    { status: { '503': '1' } },
  ]) {
    expect(answers.schema.safeParse(config).success, JSON.stringify(config)).toBe(false)
  }
})
