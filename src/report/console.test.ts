import { describe, expect, test } from 'vitest'
import { renderConsole, wantsColour } from './console.ts'
import { expectGolden } from './golden.ts'
import { sampleReport } from './sample-report.ts'

describe('console', () => {
  test('matches the golden file: worst first, findings, replay line with the seed, report path', () => {
    const text = renderConsole(sampleReport(), { colour: false, htmlPath: 'reports/latest/index.html' })
    expectGolden('console.golden.txt', text)
    expect(text).toContain('replay  npx shaketable run scenarios/mesh --seed 7b1d9c04')
    expect(text.trimEnd().split('\n').at(-1)).toBe('report  reports/latest/index.html')
  })

  test('colour only adds escape sequences', () => {
    const plain = renderConsole(sampleReport(), { colour: false })
    const painted = renderConsole(sampleReport(), { colour: true })
    expect(plain).not.toContain('\u001b')
    expect(painted).toContain('\u001b[31m')
    expect(painted.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(plain)
  })

  test('a terminal cannot be driven by what somebody called a scenario', () => {
    const report = sampleReport()
    const scenarios = report.scenarios.map((scenario) => ({ ...scenario, name: '\u001b[2Jgone\u0007' }))
    expect(renderConsole({ ...report, scenarios }, { colour: false })).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('colour is for terminals that were not told otherwise', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true)
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
    expect(wantsColour({ isTTY: false }, {})).toBe(false)
    expect(wantsColour({}, {})).toBe(false)
  })
})
