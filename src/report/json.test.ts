import { expect, test } from 'vitest'
import type { RunReport } from '../core/report-model.ts'
import { expectGolden } from './golden.ts'
import { renderJson } from './json.ts'
import { sampleReport } from './sample-report.ts'

test('report.json is the report, whole', () => {
  const text = renderJson(sampleReport())
  expect(JSON.parse(text)).toEqual(sampleReport())
  expectGolden('report.golden.json', text)
})

test('key order does not depend on how the report was put together', () => {
  const report = sampleReport()
  const shuffled = Object.fromEntries(Object.entries(report).reverse()) as unknown as RunReport
  expect(renderJson(shuffled)).toBe(renderJson(report))
  expect(Object.keys(JSON.parse(renderJson(report)))[0]).toBe('schema')
})
