import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { arbitraryReport } from './arbitrary-report.ts'
import { renderConsole } from './console.ts'
import { pageBytesMax, renderHtml } from './html.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderMetrics } from './metrics.ts'
import { parsePrometheus } from './prometheus-text.ts'

const runs = { numRuns: 200 }
const controls = /[^\P{Cc}\t\n]/u

test('any report gives a well-formed page with one script, ours', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(arbitraryReport, (report) => {
      const page = renderHtml(report)
      expect(XMLValidator.validate(page.replace('<!doctype html>\n', ''))).toBe(true)
      expect(page.match(/<script/gi)).toHaveLength(1)
      expect(around(page, /<(img|iframe|object|embed|form)\b/i)).toBe('')
      expect(around(page, /NaN|undefined|\[object|Infinity/)).toBe('')
      expect(around(page, controls)).toBe('')
      expect(Buffer.byteLength(page)).toBeLessThanOrEqual(pageBytesMax)
    }),
    runs,
  )
})

test('any report gives XML that parses back to as many suites as scenarios', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(arbitraryReport, (report) => {
      const xml = renderJunit(report)
      expect(XMLValidator.validate(xml)).toBe(true)
      expect(xml).not.toMatch(controls)
      const parsed = new XMLParser({ isArray: (name) => name === 'testsuite' }).parse(xml)
      const suites = report.scenarios.length + (report.problems.length > 0 ? 1 : 0)
      expect(parsed.testsuites.testsuite ?? []).toHaveLength(suites)
    }),
    runs,
  )
})

test('any report gives JSON, Markdown and a console text', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(arbitraryReport, (report) => {
      expect(JSON.parse(renderJson(report)).scenarios).toHaveLength(report.scenarios.length)
      const markdown = renderMarkdown(report)
      expect(markdown).not.toMatch(controls)
      expect(outsideCode(markdown)).not.toMatch(/<\w/)
      expect(renderConsole(report, { colour: false, htmlPath: 'index.html' })).not.toMatch(controls)
    }),
    runs,
  )
})

test('any report gives metrics that parse back', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryReport, async (report) => {
      const samples = parsePrometheus(await renderMetrics(report))
      expect(samples.some((sample) => sample.name === 'shaketable_run_info')).toBe(true)
    }),
    runs,
  )
})

function outsideCode(markdown: string): string {
  return markdown.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '').replace(/(`+)[^`\n](?:.*?[^`\n])?\1(?!`)/g, '')
}

/** What matched, with its surroundings: a whole page is no error message. */
function around(text: string, pattern: RegExp): string {
  const match = pattern.exec(text)
  return match === null ? '' : text.slice(Math.max(0, match.index - 80), match.index + 80)
}
