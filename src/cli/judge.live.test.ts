// `judge` on what a real run recorded: the same verdict again without report.json, another one as soon as the history says
// something else, and on stdout just the form that was asked for.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HistoryEvent } from '../core/history.ts'
import type { RunReport } from '../core/report-model.ts'
import { expectOneError, type Finished, leftovers, nothing, playground } from './test-rig.ts'
import { everyFirstTryFails, smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const request = (method: string) => ({ request: { host: 'user', path: '/a', method }, ratePerSecond: 30 })
let recorded: Finished
beforeAll(async () => {
  where.write('book.json', smallDefinition())
  const scenario = smallScenario({
    name: 'posts',
    traffic: [request('POST'), request('GET')],
    faults: [everyFirstTryFails],
    expect: [{ policy: {} }, { answers: { attempts: { 2: '>= 10' } } }],
  })
  recorded = await where.shaketable(['run', where.write('a.yaml', scenario)])
})

/** A copy of the run folder in which the history's lines were changed and nothing but the history is left. */
function copy(name: string, change: (lines: string[]) => readonly string[] = (lines) => lines): string {
  const folder = join(where.folder, name)
  cpSync(join(where.folder, 'reports/latest/'), folder, { recursive: true, dereference: true })
  for (const file of readdirSync(folder)) if (file !== 'history.ndjson') rmSync(join(folder, file))
  const history = join(folder, 'history.ndjson')
  writeFileSync(history, change(readFileSync(history, 'utf8').split('\n')).join('\n'))
  return name
}

const original = (file: string) => readFileSync(join(where.folder, 'reports/latest', file), 'utf8')

test('without its reports a run is judged the same, and they are written anew', async () => {
  expect([0, 2]).toContain(recorded.code)
  const folder = copy('again')
  const again = await where.shaketable(['judge', folder])
  expect(again).toMatchObject({ code: recorded.code, stderr: '' })
  for (const file of ['report.json', 'junit.xml', 'summary.md', 'metrics.prom', 'config.patch']) {
    expect(readFileSync(join(where.folder, folder, file), 'utf8')).toBe(original(file))
  }
  expect(existsSync(join(where.folder, folder, 'index.html'))).toBe(true)
})

test('one retried POST in the history fails it, by name', async () => {
  let id = ''
  const folder = copy('retried', (lines) => {
    const retried = withRetriedPost(lines)
    id = retried.id
    return retried.lines
  })
  const end = await where.shaketable(['judge', folder, '-o', 'json'])
  expect(end.code).toBe(1)
  const { scenarios } = JSON.parse(end.stdout) as RunReport
  const findings = scenarios.flatMap(({ expectations }) => expectations.flatMap((expectation) => expectation.findings))
  const named = findings.filter(({ requestId }) => requestId === id)
  expect(named.length).toBeGreaterThan(0)
  expect(findings.filter(({ requestId }) => requestId !== undefined && requestId !== id)).toEqual([])
  expect((await where.shaketable(['judge', folder])).stdout).toContain(`request  ${id}`)
})

test.for([
  ['the last line is torn', (lines: string[]) => [...lines.slice(0, -2), (lines.at(-2) ?? '').slice(0, 40)], /is torn/],
  ['the last line is missing', (lines: string[]) => [...lines.slice(0, -2), ''], /no end marker/],
] as const)('%s: inconclusive', async ([what, change, problem]) => {
  const end = await where.shaketable(['judge', copy(what.replaceAll(' ', '-'), change)])
  expect(end).toMatchObject({ code: 2, stderr: '' })
  expect(end.stdout).toMatch(problem)
})

test('damage in the middle is told with its line', async () => {
  const folder = copy('damaged', (lines) => lines.with(4, '{"atMs":'))
  expectOneError(await where.shaketable(['judge', folder]), 3, /history\.ndjson:5: /)
  expect(readdirSync(join(where.folder, folder))).toEqual(['history.ndjson'])
})

test('stdout has the form that was asked for and nothing else', async () => {
  const print = (form: string) => where.shaketable(['judge', 'reports/latest', '-o', form])
  const [json, junit, markdown, text] = await Promise.all([
    print('json'),
    print('junit'),
    print('markdown'),
    print('text'),
  ])
  for (const end of [json, junit, markdown, text]) expect(end).toMatchObject({ code: recorded.code, stderr: '' })
  expect(json.stdout).toBe(original('report.json'))
  expect(JSON.parse(json.stdout)).toMatchObject({ exitCode: recorded.code })
  expect(XMLValidator.validate(junit.stdout)).toBe(true)
  expect(new XMLParser().parse(junit.stdout)).toHaveProperty('testsuites')
  expect(markdown.stdout).toBe(original('summary.md'))
  expect(text.stdout).toContain('report  reports/latest/index.html')
})

test('what cannot be written leaves no half-written report', async () => {
  const folder = copy('in-the-way')
  mkdirSync(join(where.folder, folder, 'summary.md/x'), { recursive: true })
  expectOneError(await where.shaketable(['judge', folder]), 4, /cannot write the reports: .*summary\.md/)
  expect(readdirSync(join(where.folder, folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('who reads no further than the first bytes is no error', async () => {
  const running = where.launch(['judge', 'reports/latest', '-o', 'json'])
  running.child.stdout?.destroy()
  expect(await running.finished).toMatchObject({ code: recorded.code, stderr: '' })
  expect(leftovers(where)).toEqual(nothing)
})

/** Makes a POST that was sent once and answered with 503 look as if Envoy had sent it again and got a 200. */
function withRetriedPost(lines: readonly string[]): { readonly id: string; readonly lines: readonly string[] } {
  const [header = '', ...rest] = lines.filter((line) => line !== '')
  const events = rest.map((line) => JSON.parse(line) as HistoryEvent)
  const sent = events.find((event) => event.kind === 'request-sent' && event.method === 'POST')
  if (sent?.kind !== 'request-sent') throw new Error('no POST was recorded')
  const { id } = sent
  const nextSeq = (src: string) => events.filter((event) => event.src === src).length
  const laterMs = 30
  const changed = events.flatMap((event): readonly HistoryEvent[] => {
    if (!('id' in event) || event.id !== id) return [event]
    const later = { ...event, atMs: event.atMs + laterMs }
    if (event.kind === 'request-logged') return [{ ...later, kind: event.kind, code: 200, attempts: 2 } as HistoryEvent]
    if (event.kind === 'request-answered') {
      return [{ ...later, status: 200, latencyMs: event.latencyMs + laterMs } as HistoryEvent]
    }
    if (event.kind !== 'attempt-logged' && event.kind !== 'attempt-seen') return [event]
    const times = Object.fromEntries(
      Object.entries(event).flatMap(([key, value]) =>
        key.endsWith('Ms') && typeof value === 'number' ? [[key, value + laterMs]] : [],
      ),
    )
    const again = { ...event, ...times, seq: nextSeq(event.src), attempt: 2, code: 200, flags: [], details: '' }
    return [event, again as HistoryEvent]
  })
  return { id, lines: [header, ...changed.map((event) => JSON.stringify(event)), ''] }
}
