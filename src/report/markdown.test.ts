import { describe, expect, test } from 'vitest'
import type { RunReport } from '../core/report-model.ts'
import { expectGolden } from './golden.ts'
import { renderMarkdown } from './markdown.ts'
import { sampleReport } from './sample-report.ts'

function named(name: string, problem = ''): RunReport {
  const report = sampleReport()
  return {
    ...report,
    problems: problem === '' ? [] : [problem],
    scenarios: report.scenarios.map((scenario) => ({ ...scenario, name })),
  }
}

describe('summary.md', () => {
  test('matches the golden file, verdict first', () => {
    const text = renderMarkdown(sampleReport())
    expect(text.split('\n')[0]).toBe('## ❌ shaketable failed')
    expectGolden('summary.golden.md', text)
  })

  test('lines outside tables and prose fit a phone', () => {
    const code = [...renderMarkdown(sampleReport()).matchAll(/```text\n([\s\S]*?)\n```/g)].flatMap((match) =>
      (match[1] ?? '').split('\n'),
    )
    expect(code.length).toBeGreaterThan(8)
    for (const line of code) expect(line.length).toBeLessThanOrEqual(60)
  })

  test('what people wrote stays text: no HTML, cell, mention, link or heading', () => {
    const text = renderMarkdown(named('<img src=x> | @team [x](http://y) *b*\n# h', '# not a heading'))
    expect(text).not.toContain('<img')
    expect(text).not.toContain('@team')
    expect(text).not.toContain('[x](')
    expect(text).toContain('&lt;img src=x&gt; \\| &#64;team \\[x\\]\\(http://y\\) \\*b\\* \\# h')
    for (const row of text.split('\n').filter((line) => line.startsWith('|'))) {
      expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(4)
    }
  })

  test('a fence is longer than any backticks inside', () => {
    const text = renderMarkdown({ ...sampleReport(), replay: 'run ```` x' })
    expect(text).toContain('`````text\nrun ```` x\n`````')
  })
})
