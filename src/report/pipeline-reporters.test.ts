import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import type { RunReport } from '../core/report-model.ts'
import { judgedScenario } from './collect.ts'
import { renderConsole } from './console.ts'
import { expectGolden } from './golden.ts'
import { timelinesMax } from './html/timeline-plan.ts'
import { pageBytesMax, renderHtml } from './html.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderMetrics } from './metrics.ts'
import { collectJourneys } from './pipeline/collected-journeys.ts'
import { parsePrometheus } from './prometheus-text.ts'
import { samplePipelineReport } from './sample-pipeline.ts'

const report = samplePipelineReport()

describe('reporters of a pipeline', () => {
  test('the console tells where the lines ended, how the lanes did, what failed, and the first witness', () => {
    const text = renderConsole(report, { colour: false, htmlPath: 'reports/latest/index.html' })
    expectGolden('pipeline-console.golden.txt', text)
    expect(text).toMatch(/ledger +24,544 lines of 420 objects: .* 275 lost/)
    expect(text).toContain('object   logs-prod/app/2026-03/host+5/0061.log.gz, line 1')
  })

  test('the summary has a line for every ledger', () => {
    const text = renderMarkdown(report)
    expectGolden('pipeline-summary.golden.md', text)
    expect(text).toContain('### Where the lines ended')
  })

  test('JUnit names the object and the line of a finding', () => {
    const xml = renderJunit(report)
    expect(XMLValidator.validate(xml)).toBe(true)
    expect(xml).toContain('object:   logs-prod/app/2026-03/host+5/0061.log.gz, line 1')
  })

  test('report.json holds the pipeline as it is', () => {
    expect(JSON.parse(renderJson(report))).toEqual(report)
  })

  test('metrics have base units, and the ends of the ledger add up to its lines', async () => {
    const text = await renderMetrics(report)
    expectGolden('pipeline-metrics.golden.prom', text)
    const samples = parsePrometheus(text)
    const scenario = 'burst-under-throttling'
    const ended = samples.filter(
      ({ name, labels }) => name === 'shaketable_pipeline_lines' && labels.scenario === scenario,
    )
    expect(ended.reduce((sum, { value }) => sum + value, 0)).toBe(24_544)
    const fresh = samples.find(
      ({ name, labels }) =>
        name === 'shaketable_pipeline_lane_freshness_seconds' &&
        labels.quantile === '0.99' &&
        labels.scenario === scenario,
    )
    expect(fresh?.value).toBeCloseTo(13.8, 1)
  })
})

describe('index.html of a pipeline', () => {
  const page = renderHtml(report)

  test('is well formed and shows ledger, lanes, examples, experiments and tables', () => {
    expect(XMLValidator.validate(page.replace('<!doctype html>\n', ''))).toBe(true)
    for (const title of [
      'Where every line ended',
      'Lanes over time',
      'Objects, hop by hop',
      'Functions',
      'AWS calls',
    ]) {
      expect(page).toContain(`>${title}<`)
    }
    expect(page.match(/<table class="matrix">/g)).toHaveLength(2)
    expect(page.match(/class="canvas small records"/g)).toHaveLength(3)
    expect(page).not.toMatch(/NaN|undefined|\[object/)
  })

  test('says nothing of requests and of the mesh', () => {
    for (const title of ['Latency distribution', 'Attempts per request', 'Mesh', 'Send lag']) {
      expect(page).not.toContain(`>${title}`)
    }
  })

  test('twenty-five rich pipelines stay below three megabytes with every lane drawn', () => {
    const scenarios = Array.from(
      { length: 25 },
      (_, index) => report.scenarios[index % 2] ?? report.scenarios[0],
    ).flatMap((scenario, index) =>
      scenario === undefined ? [] : [{ ...structuredClone(scenario), name: `${scenario.name}-${index}` }],
    )
    const many = renderHtml({ ...report, scenarios })
    expect(Buffer.byteLength(many)).toBeLessThanOrEqual(pageBytesMax)
    expect(many.match(/<figure class="chart lanes">/g)).toHaveLength(25)
    expect(many.match(/<figure class="timeline/g)).toHaveLength(timelinesMax)
  })
})

describe('the figures of nothing-lost', () => {
  const data = collectJourneys([
    { object: 'logs/a', atMs: 0, lines: 3 },
    { object: 'logs/b', atMs: 9, dest: 'drop', lines: 2 },
  ])
  const expectation = {
    check: 'nothing-lost',
    text: '',
    verdict: 'pass',
    summary: '',
    looked: 3,
    findings: [],
  } as const
  const figures = {
    linesCount: 3,
    deliveredOnceCount: 1,
    deliveredMoreOftenCount: 1,
    parkedCount: 1,
    inFlightCount: 0,
    lostCount: 0,
    alteredCount: 0,
    neverOwedCount: 4,
  }

  test('replace the report’s own count, to which the dropped lines are added', () => {
    const { pipeline } = judgedScenario(data, 'pass', [{ ...expectation, figures }])
    expect(pipeline?.ledger).toMatchObject({
      source: 'nothing-lost',
      lines: 5,
      dropped: 2,
      deliveredOnce: 1,
      deliveredMore: 1,
      parked: 1,
      unexpected: 4,
    })
  })

  test('are taken whole or not at all', () => {
    const { lostCount: _, ...some } = figures
    for (const expectations of [[], [expectation], [{ ...expectation, figures: some }]]) {
      expect(judgedScenario(data, 'pass', expectations).pipeline?.ledger).toEqual(data.pipeline.ledger)
    }
  })
})

test('what passed is told in lines, not in requests', () => {
  const passed: RunReport = { ...report, scenarios: report.scenarios.filter(({ verdict }) => verdict === 'pass') }
  expect(renderMarkdown(passed)).toContain('All 2 expectations hold: 210 lines of 42 objects')
})
