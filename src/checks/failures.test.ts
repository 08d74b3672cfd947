import { expect, test } from 'vitest'
import { syntheticRun } from '../core/synthetic-history.ts'
import { failures } from './failures.ts'
import { runCheck } from './run-check.ts'

const requests = Array.from({ length: 20 }, (_, index) => ({ id: `r-${index}`, intendedMs: index * 10 }))
const oneFails = requests.map((request, index) => (index === 7 ? { ...request, attempts: [{ code: 504 }] } : request))

test('as many failures as allowed pass, one more fails and is named', () => {
  expect(runCheck(failures, '<= 0', syntheticRun(requests)).verdict).toBe('pass')
  expect(runCheck(failures, '<= 1', syntheticRun(oneFails)).verdict).toBe('pass')
  const { verdict, summary, findings } = runCheck(failures, '<= 0', syntheticRun(oneFails))
  expect({ verdict, summary }).toEqual({ verdict: 'fail', summary: '1 of 20 requests failed, expected <= 0' })
  expect(findings).toEqual([expect.objectContaining({ requestId: 'r-7', observed: '504' })])
})

test('failures may be expected too', () => {
  expect(runCheck(failures, '>= 1', syntheticRun(oneFails)).verdict).toBe('pass')
  const { verdict, findings } = runCheck(failures, '>= 1', syntheticRun(requests))
  expect(verdict).toBe('fail')
  expect(findings).toHaveLength(1)
})

test('a window narrows what is counted', () => {
  expect(runCheck(failures, { count: '<= 0', until: '60ms' }, syntheticRun(oneFails))).toMatchObject({
    verdict: 'pass',
    looked: 6,
  })
})

test('of nothing it is inconclusive', () => {
  expect(runCheck(failures, '<= 0', []).verdict).toBe('inconclusive')
})
