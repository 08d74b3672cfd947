import { expect, test } from 'vitest'
import { syntheticRun } from '../core/synthetic-history.ts'
import { amplification } from './amplification.ts'
import { runCheck } from './run-check.ts'

const once = Array.from({ length: 95 }, (_, index) => ({ id: `r-${index}`, intendedMs: index }))
const thrice = Array.from({ length: 5 }, (_, index) => ({
  id: `t-${index}`,
  intendedMs: index,
  attempts: [{ code: 503 }, { code: 503 }, {}],
}))

test('attempts per request, exactly', () => {
  const run = syntheticRun([...once, ...thrice])
  expect(runCheck(amplification, '<= 1.1', run)).toMatchObject({
    verdict: 'pass',
    figures: { attemptsPerRequest: 1.1 },
  })
  const { verdict, summary, findings } = runCheck(amplification, '<= 1.09', run)
  expect({ verdict, summary }).toEqual({
    verdict: 'fail',
    summary: '110 attempts for 100 requests: 1.100 each, expected <= 1.09',
  })
  expect(findings[0]).toMatchObject({ requestId: 't-0', observed: '3' })
  expect(runCheck(amplification, { ratio: '>= 1.1' }, run).verdict).toBe('pass')
})

test('a good history is caught when one request is made to storm', () => {
  const mutated = syntheticRun(once).map((event) =>
    event.kind === 'request-logged' && event.id === 'r-9' ? { ...event, attempts: 40 } : event,
  )
  expect(runCheck(amplification, '<= 1.1', mutated).verdict).toBe('fail')
})

test('of nothing, or of an access log with gaps, it is inconclusive', () => {
  expect(runCheck(amplification, '<= 1.1', []).verdict).toBe('inconclusive')
  const gaps = syntheticRun(once).filter(
    (event) => event.kind !== 'request-logged' || Number(event.id.slice(2)) % 10 !== 0,
  )
  expect(runCheck(amplification, '<= 1.1', gaps)).toMatchObject({ verdict: 'inconclusive', looked: 85, skipped: 10 })
})
