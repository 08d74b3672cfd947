// The report in the real browser, Debian's Chromium, with the network off. It fails, rather than skips, where there is no
// Chromium: a report that nobody opened is not known to work.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunReport } from '../../core/report-model.ts'
import { renderHtml } from '../html.ts'
import { samplePipelineReport } from '../sample-pipeline.ts'
import { largeReport, sampleReport } from '../sample-report.ts'
import { type Contrast, measureContrast } from './contrast.ts'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const phone = { width: 390, height: 844 }
const desktop = { width: 1280, height: 900 }

let browser: Browser
let folder: string

beforeAll(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) {
    throw new Error(
      `the report is to be opened in Chromium, expected at ${executablePath}: there is none\n  hint: apt-get install chromium, or set CHROMIUM to its path`,
    )
  }
  folder = mkdtempSync(join(tmpdir(), 'shaketable-report-'))
  // Without a profile of the caller's, playwright starts each browser on a fresh one and removes it at the end.
  browser = await chromium.launch({ executablePath, headless: true, args: flags })
})

afterAll(async () => {
  await browser?.close()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  /** Console messages of level warning and worse, page errors, and requests for anything but the page. */
  readonly complaints: readonly string[]
}

async function opened(
  report: RunReport,
  options: Parameters<Browser['newContext']>[0],
  look: (opened: Opened) => Promise<void>,
): Promise<void> {
  const file = join(folder, `${crypto.randomUUID()}.html`)
  writeFileSync(file, renderHtml(report, 'reports/one'))
  const context = await browser.newContext({ viewport: desktop, ...options })
  try {
    await look(await open(context, pathToFileURL(file).href))
  } finally {
    await context.close()
  }
}

async function open(context: BrowserContext, url: string): Promise<Opened> {
  const complaints: string[] = []
  await context.setOffline(true)
  await context.route('**/*', (route) => {
    if (route.request().url() === url) return route.continue()
    complaints.push(`request: ${route.request().url()}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('request', (request) => {
    const asked = request.url().split('#', 1)[0] ?? ''
    if (asked !== url && !asked.startsWith('data:')) complaints.push(`request: ${asked}`)
  })
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(url, { waitUntil: 'load' })
  return { page, complaints }
}

/** Unfolds everything, so that what is hidden at first is looked at too. */
const unfold = (page: Page): Promise<void> =>
  page.evaluate(`document.querySelectorAll('details').forEach((details) => { details.open = true })`)

const widths = (page: Page): Promise<{ readonly scroll: number; readonly inner: number }> =>
  page.evaluate('({ scroll: document.scrollingElement.scrollWidth, inner: window.innerWidth })')

const contrast = (page: Page): Promise<Contrast> => page.evaluate(measureContrast)

describe('the HTML report in Chromium', () => {
  test('opens with the network off: no request, no console error, and finds what failed by role and name', async () => {
    await opened(sampleReport(), {}, async ({ page, complaints }) => {
      await page.getByRole('heading', { level: 1, name: /Failed/ }).waitFor()
      const violation = page.getByRole('article', { name: /retry-reason/ })
      expect(await violation.count()).toBe(1)
      expect(await violation.isVisible()).toBe(true)
      expect(await violation.getByText('fixtures/mesh/book.yaml:23:9').isVisible()).toBe(true)
      expect(await violation.getByRole('figure', { name: 'Timeline of request req-0187' }).isVisible()).toBe(true)
      expect(await page.getByRole('region', { name: 'post-is-never-retried' }).isVisible()).toBe(true)
      expect(await page.getByRole('img', { name: /^Latency over time/ }).count()).toBeGreaterThan(0)
      expect(await page.getByRole('navigation', { name: 'Scenarios' }).getByRole('link').count()).toBe(3)
      expect(complaints).toEqual([])
    })
  })

  test.each([true, false])('marks in the plot lead to timelines (script: %s)', async (javaScriptEnabled) => {
    await opened(sampleReport(), { javaScriptEnabled }, async ({ page, complaints }) => {
      const failed = page.getByRole('region', { name: 'post-is-never-retried' })
      const marks = failed.getByRole('group', { name: 'Slowest and failed requests' }).getByRole('link')
      expect(await marks.count()).toBe(3)
      const timeline = failed.getByRole('figure', { name: 'Timeline of request req-0602' })
      expect(await timeline.isVisible()).toBe(false)
      await failed.getByRole('link', { name: /^req-0602, 31 ms, failed: 503 at 0 ms$/ }).click()
      await timeline.waitFor()
      const other = await failed.getByRole('link', { name: /^req-0890/ }).textContent()
      expect(other).toContain('npx shaketable explain reports/one req-0890')
      expect(complaints).toEqual([])
    })
  })

  test('says what changed since the run before', async () => {
    await opened(sampleReport(), {}, async ({ page }) => {
      const compared = page.getByRole('region', { name: 'Compared with the run before' })
      await compared.getByText('31 ms → 840 ms').first().waitFor()
      await compared.getByText('All 2 scenarios side by side').click()
      expect(await compared.getByRole('table').getByRole('row').count()).toBe(3)
    })
  })

  test('a pipeline is found by role and name: ledger, lanes, witness with its waterfall, experiments', async () => {
    await opened(samplePipelineReport(), {}, async ({ page, complaints }) => {
      const failed = page.getByRole('region', { name: 'burst-under-throttling' })
      expect(await failed.getByRole('img', { name: /22,814 delivered once.*275 lost/ }).isVisible()).toBe(true)
      expect(await failed.getByRole('img', { name: /^Backlog, lane slow/ }).isVisible()).toBe(true)
      const witness = failed.getByRole('figure', { name: /^Timeline of logs-prod.*0061.log.gz, line 1/ })
      expect(await witness.isVisible()).toBe(true)
      expect(await failed.getByRole('figure', { name: /^Waterfall of logs-prod.*0061/ }).isVisible()).toBe(true)
      const experiments = failed.getByRole('region', { name: 'Experiments' })
      expect(await experiments.getByRole('cell', { name: /5 lost/ }).isVisible()).toBe(true)
      expect(complaints).toEqual([])
    })
  })

  test('findings that are alike unfold under the first of them', async () => {
    await opened(samplePipelineReport(), {}, async ({ page }) => {
      const others = page.getByRole('article', { name: /lost-line/ })
      expect(await others.filter({ visible: true }).count()).toBe(1)
      await page.getByText('2 more like it').click()
      expect(await others.filter({ visible: true }).count()).toBe(3)
    })
  })

  test('a request that the page should never make would be noticed', async () => {
    await opened(sampleReport(), {}, async ({ page, complaints }) => {
      await page.evaluate(`fetch('http://127.0.0.1:9/').catch(() => undefined)`)
      expect(complaints.join('\n')).toContain('Content Security Policy')
    })
  })

  test.each([
    ['light', 'mesh', sampleReport],
    ['dark', 'mesh', sampleReport],
    ['light', 'pipeline', samplePipelineReport],
    ['dark', 'pipeline', samplePipelineReport],
  ] as const)('at 390 px nothing is wider than the screen (%s, %s)', async (colorScheme, _kind, sample) => {
    await opened(sample(), { viewport: phone, colorScheme }, async ({ page, complaints }) => {
      await unfold(page)
      const { scroll, inner } = await widths(page)
      expect(scroll).toBeLessThanOrEqual(inner)
      expect(complaints).toEqual([])
    })
  })

  test.each([
    ['light', 'mesh', desktop, sampleReport],
    ['dark', 'mesh', desktop, sampleReport],
    ['light', 'mesh', phone, sampleReport],
    ['dark', 'mesh', phone, sampleReport],
    ['light', 'pipeline', desktop, samplePipelineReport],
    ['dark', 'pipeline', desktop, samplePipelineReport],
    ['light', 'pipeline', phone, samplePipelineReport],
    ['dark', 'pipeline', phone, samplePipelineReport],
  ] as const)('text reaches WCAG AA contrast (%s, %s)', async (colorScheme, _kind, viewport, sample) => {
    await opened(sample(), { viewport, colorScheme }, async ({ page }) => {
      await unfold(page)
      const { measured, low } = await contrast(page)
      expect(measured).toBeGreaterThan(300)
      expect(low).toEqual([])
    })
  })

  test('light and dark differ, and the contrast check can fail', async () => {
    const grounds: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await opened(sampleReport(), { colorScheme }, async ({ page }) => {
        grounds.push(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'))
        await page.evaluate(`document.documentElement.style.setProperty('--muted', 'var(--line)')`)
        expect((await contrast(page)).low.length).toBeGreaterThan(0)
      })
    }
    expect(new Set(grounds).size).toBe(2)
  })

  test('without JavaScript everything essential is there', async () => {
    await opened(sampleReport(), { javaScriptEnabled: false }, async ({ page, complaints }) => {
      expect(await page.getByRole('article', { name: /back-off/ }).isVisible()).toBe(true)
      expect(await page.getByText('npx shaketable run scenarios/mesh --seed 7b1d9c04').isVisible()).toBe(true)
      const passed = page.getByRole('region', { name: 'retries-mask-trivial-errors' })
      const chart = passed.getByRole('img', { name: /^Latency over time/ })
      expect(await chart.isVisible()).toBe(false)
      await passed.getByText('Charts and evidence').click()
      expect(await chart.isVisible()).toBe(true)
      expect(await page.getByRole('searchbox').count()).toBe(0)
      expect(complaints).toEqual([])
    })
  })

  test('the script filters scenarios', async () => {
    await opened(sampleReport(), {}, async ({ page, complaints }) => {
      await page.getByRole('searchbox').fill('ejection')
      expect(await page.getByRole('navigation').getByRole('listitem').count()).toBe(1)
      expect(await page.getByRole('article', { name: /retry-reason/ }).isVisible()).toBe(false)
      expect(complaints).toEqual([])
    })
  })

  test.each([
    ['mesh', sampleReport],
    ['pipeline', samplePipelineReport],
  ] as const)('hostile text stays text (%s)', async (_kind, sample) => {
    await opened(hostile(sample()), { viewport: phone }, async ({ page, complaints }) => {
      await unfold(page)
      expect(await page.evaluate('globalThis.owned')).toBeUndefined()
      expect(await page.locator('script, img, iframe').count()).toBe(1)
      expect(await page.getByText('<script>owned=1</script>').count()).toBeGreaterThan(0)
      const { scroll, inner } = await widths(page)
      expect(scroll).toBeLessThanOrEqual(inner)
      expect(complaints).toEqual([])
    })
  })

  test('thirty rich scenarios open just as well', async () => {
    await opened(largeReport(30), { viewport: phone }, async ({ page, complaints }) => {
      expect(await page.getByRole('article', { name: /retry-reason/ }).count()).toBe(10)
      const { scroll, inner } = await widths(page)
      expect(scroll).toBeLessThanOrEqual(inner)
      expect(complaints).toEqual([])
    })
  })
})

/** The sample with every text replaced, in turns, by what breaks pages. */
function hostile(sample: RunReport): RunReport {
  const texts = [
    '<script>owned=1</script>',
    '"><img src=x onerror=owned=1>',
    '\u202Eevil \u0627\u0644\u0639\u0631\u0628\u064A\u0629',
    '\u{1F469}\u200D\u{1F467} "quoted" \'single\'',
    'x'.repeat(10_000),
  ]
  // `before` and `now` are the verdicts of a comparison.
  const kept = new Set(['verdict', 'outcome', 'id', 'from', 'to', 'why', 'source', 'before', 'now'])
  let turn = 0
  const replace = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return kept.has(key) ? value : texts[turn++ % texts.length]
    if (Array.isArray(value)) return value.map((item) => replace(item, key))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replace(item, name)]))
  }
  return replace(sample, '') as RunReport
}
