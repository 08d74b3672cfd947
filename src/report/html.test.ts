import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import type { RunReport } from '../core/report-model.ts'
import { expectGolden } from './golden.ts'
import { planTimelines, timelinesMax } from './html/timeline-plan.ts'
import { pageBytesMax, renderHtml } from './html.ts'
import { largeReport, sampleReport } from './sample-report.ts'

const timelines = (page: string): number => page.match(/<figure class="timeline"/g)?.length ?? 0

describe('index.html', () => {
  test('matches the golden file and is well formed', () => {
    const page = renderHtml(sampleReport())
    expect(XMLValidator.validate(page.replace('<!doctype html>\n', ''))).toBe(true)
    expectGolden('index.golden.html', page)
  })

  test('links to nothing outside itself', () => {
    const page = renderHtml(sampleReport())
    expect([...page.matchAll(/\b(?:src|href|action|poster|data)="([^"]*)"/g)].map((match) => match[1])).toEqual(
      expect.arrayContaining(['data:,', '#s1', '#s2', '#s3']),
    )
    expect(page).not.toMatch(/\b(?:src|href)="(?!#|data:,)/)
    expect(page).not.toMatch(/@import|url\((?!#)/)
  })

  test('verdict, seed and replay come before any scenario, and scenarios worst first', () => {
    const page = renderHtml(sampleReport())
    const order = [
      'Failed',
      '7b1d9c04',
      'npx shaketable run',
      'post-is-never-retried',
      'outlier-ejection-and-return',
      'retries-mask-trivial-errors',
    ]
    const places = order.map((text) => page.indexOf(text, page.indexOf('<main>')))
    expect(places).toEqual([...places].sort((left, right) => left - right))
    expect(places).not.toContain(-1)
  })

  test('thirty rich scenarios stay below three megabytes, with every chart and at most fifty timelines', () => {
    const page = renderHtml(largeReport(30))
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(pageBytesMax)
    expect(page.match(/<svg class="canvas latency"/g)).toHaveLength(30)
    expect(timelines(page)).toBe(timelinesMax)
  })

  test('however much is wrong, the page stays below three megabytes and names what it left out', () => {
    const page = renderHtml(overflowing(400))
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(pageBytesMax)
    expect(page).toContain('report.json')
    expect(timelines(page)).toBeLessThanOrEqual(timelinesMax)
    expect(page.match(/<section class="scenario"/g)?.length).toBeGreaterThan(200)
  })

  test('timelines are shared out in turns, findings first', () => {
    const report = overflowing(20)
    const plan = planTimelines(report)
    expect(plan.size).toBe(timelinesMax)
    for (const scenario of report.scenarios) {
      const findings = scenario.expectations.flatMap((expectation) => expectation.findings)
      expect(findings.filter((finding) => plan.has(finding)).length).toBeGreaterThanOrEqual(2)
    }
  })
})

/** Scenarios whose every text is ten kilobytes of quotes, with fifty findings each. */
function overflowing(count: number): RunReport {
  const report = largeReport(count)
  const long = '"'.repeat(10_000)
  return {
    ...report,
    scenarios: report.scenarios.map((scenario) => ({
      ...scenario,
      verdict: 'fail',
      name: long,
      about: long,
      expectations: scenario.expectations.map((expectation) => ({
        ...expectation,
        summary: long,
        findings: Array.from({ length: 50 }, () => ({
          rule: 'retry-reason',
          message: long,
          expected: long,
          observed: long,
          timeline: [{ startMs: 0, endMs: 1, lane: 'client', label: long, outcome: 'ok' as const }],
        })),
      })),
    })),
  }
}
