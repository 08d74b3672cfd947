// The live page of a real run, in the real browser: it shows the run while it goes on, ends at the report, and nothing
// listens afterwards.

import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { expectNothingLeft, listeningPorts, playground } from './test-rig.ts'
import { everyFirstTryFails, smallDefinition, smallScenario } from './test-scenario.ts'

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

test('a browser sees the run and then its report', async () => {
  if (!existsSync(executablePath)) throw new Error(`expected Chromium at ${executablePath}; set CHROMIUM to its path`)
  using where = playground()
  where.write('scenarios/book.json', smallDefinition())
  const scenario = { duration: '4s', faults: [everyFirstTryFails] }
  where.write('scenarios/a.yaml', smallScenario({ name: 'a', ...scenario }))
  const faults = [{ ...everyFirstTryFails, plan: { attempts: [503, 503, 503] } }]
  where.write('scenarios/b.yaml', smallScenario({ name: 'b', duration: '4s', faults }))
  const browser = await chromium.launch({ executablePath, headless: true, args })
  try {
    const running = where.launch(['run', '--live', '0'])
    const url = await running.printed(/^live (http:\S+)$/m)
    const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(url)
    const own = page.getByRole('region', { name: 'a', exact: true })
    await own.getByText('running', { exact: true }).waitFor()
    // Figures move while it runs.
    await own.getByText(/^(1\.[5-9]|2\.[0-4])\d each$/).waitFor()
    const widths = await page.evaluate('({ scroll: document.scrollingElement.scrollWidth, inner: innerWidth })')
    expect(widths).toEqual({ scroll: 390, inner: 390 })
    await page.waitForURL(/\/report\/index\.html$/)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Failed')
    const ports = listeningPorts(where)
    const { code, stderr } = await running.finished
    expect({ code, complaints }).toEqual({ code: 1, complaints: [] })
    expect(stderr.match(/^live /gm)).toHaveLength(1)
    await expectNothingLeft(where, monotonicMs(), ports)
    await expect(fetch(url)).rejects.toThrow()
  } finally {
    await browser.close()
  }
})

test('scenarios that are wrong open no page, and a port that is taken is said', async () => {
  using where = playground()
  where.write('scenarios/book.json', smallDefinition())
  where.write('scenarios/a.yaml', smallScenario({ expect: [{ nothing: {} }] }))
  const wrong = await where.shaketable(['run', '--live', '0'])
  expect(wrong).toMatchObject({ code: 3, stdout: '' })
  expect(wrong.stderr).not.toMatch(/^live /m)
})
