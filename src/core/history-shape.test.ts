import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { checkEvent, eventKinds } from './history-shape.ts'

const docs = await readFile(new URL('../../docs/history.md', import.meta.url), 'utf8')

/** First cells, and the names in backticks of the second cells, of the table under a heading. */
function tableUnder(heading: string): Map<string, string[]> {
  const section = docs.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| ([^|]*) \|/gm)]
  return new Map(
    rows.map(([, kind = '', cell = '']) => [kind, [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)]),
  )
}

test('docs/history.md lists every kind with its fields, and no other', () => {
  expect(Object.fromEntries(tableUnder('Kinds'))).toEqual(eventKinds)
})

test('complaints name kind, field, what was expected and what was seen', () => {
  const base = { atMs: 1, src: 'load', seq: 0, scenario: '' }
  const complaint = (value: unknown) => {
    const result = checkEvent(value)
    return 'complaint' in result ? result.complaint : undefined
  }
  expect(complaint(null)).toBe('an event expected, null seen')
  expect(complaint([])).toBe('an event expected, [] seen')
  expect(complaint({ ...base, kind: 'constructor' })).toContain('kind "constructor" seen')
  expect(complaint({ ...base, kind: 'heartbeat', lateMs: 1 })).toBeUndefined()
  expect(complaint({ ...base, kind: 'heartbeat' })).toBe('heartbeat: "lateMs" must be a finite number, nothing seen')
  expect(complaint({ ...base, kind: 'end', reason: 'done', dropped: 0 })).toBe(
    'end: "reason" must be complete | interrupted | failed, "done" seen',
  )
  expect(complaint({ ...base, kind: 'counters', phase: 'after', envoy: 'egress', values: { a: 'x' } })).toContain(
    '"values" must be a record of finite numbers',
  )
  const sent = {
    ...base,
    kind: 'request-sent',
    id: 'a',
    traffic: 0,
    method: 'GET',
    host: 'h',
    path: '/',
    bodyBytes: 0,
    intendedMs: 1,
  }
  expect(complaint({ ...sent, plan: [{ fault: 'f', attempt: 1, target: 'c' }] })).toBeUndefined()
  expect(complaint({ ...sent, plan: [{ fault: 'f', attempt: '1', target: 'c' }] })).toContain(
    '"plan" must be a list of',
  )
})
