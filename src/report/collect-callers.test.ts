import { expect, test } from 'vitest'
import { collectCallers } from './collect-callers.ts'
import { renderMetrics } from './metrics.ts'
import { sampleReport } from './sample-report.ts'

const web = { listener: 'from-web', code: 200, attempts: 1 }

test('each caller has its own figures', () => {
  const callers = collectCallers()
  for (const one of [web, { ...web, code: 503 }, { listener: 'from-batch', code: 200, attempts: 3 }])
    callers.logged(one)
  expect(callers.finish()).toEqual({
    callers: [
      { listener: 'from-web', requests: 2, attempts: 2, byStatus: { 200: 1, 503: 1 } },
      { listener: 'from-batch', requests: 1, attempts: 3, byStatus: { 200: 1 } },
    ],
  })
})

test('with one listener there is nothing to tell', () => {
  const callers = collectCallers()
  callers.logged({ code: 200, attempts: 1 })
  expect(callers.finish()).toEqual({})
})

test('metrics bear the caller as a label', async () => {
  const report = sampleReport()
  const [scenario] = report.scenarios
  if (scenario === undefined) throw new Error('a report without scenarios')
  const callers = [{ listener: 'from-web', requests: 3, attempts: 4, byStatus: { 200: 2, 503: 1 } }]
  const text = await renderMetrics({ ...report, scenarios: [{ ...scenario, callers }] })
  const lines = text.split('\n').filter((line) => line.startsWith('shaketable_caller_'))
  expect(lines.map((line) => line.replace(/scenario="[^"]*",/, ''))).toEqual([
    'shaketable_caller_requests_total{caller="from-web",status="200"} 2',
    'shaketable_caller_requests_total{caller="from-web",status="503"} 1',
    'shaketable_caller_attempts_total{caller="from-web"} 4',
  ])
})
