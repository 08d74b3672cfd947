import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/errors.ts'
import { parserOf } from '../../parsers/index.ts'
import { contentProblem } from './content-problem.ts'
import { contentFormats } from './line-text.ts'
import { bytesOf, type ObjectBody } from './object-body.ts'
import { objectContent } from './object-content.ts'
import { source } from './test-source.ts'

async function wholeBody(body: ObjectBody): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body)
  const chunks: Buffer[] = []
  for await (const chunk of body.stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const linesOf = (text: string) => text.split('\n').slice(0, -1)

describe('contents', () => {
  test.each(contentFormats)('%s: the body is the lines, each ending in a line break', async (format) => {
    const content = objectContent('seed', 'scenario', source({ format, lines: 300 }), 7)
    const text = (await wholeBody(await content.body())).toString()
    expect(text.endsWith('\n')).toBe(true)
    expect(linesOf(text)).toEqual(Array.from({ length: 300 }, (_, index) => content.messageOf(index + 1)))
    expect(new Set(linesOf(text)).size).toBe(300)
    expect(text).toContain('東京')
  })

  test.each([
    ['json', (value: Record<string, unknown>) => value.time],
    ['azure-ad-event', (value: Record<string, unknown>) => value.signinDateTime],
    ['g-suite-login', (value: Record<string, unknown>) => (value.id as Record<string, unknown>).time],
  ] as const)('%s: one JSON value a line, with its time in UTC', (format, timeOf) => {
    const content = objectContent('seed', 'scenario', source({ format, lines: 4000 }), 0)
    for (const [line, time] of [
      [1, '2026-01-01T00:00:01.000Z'],
      [3599, '2026-01-01T00:59:59.000Z'],
      [3600, '2026-01-01T01:00:00.000Z'],
    ] as const) {
      // Half of the times of azure-ad-event bear no zone; they are UTC all the same.
      expect([time, time.slice(0, -1)]).toContain(timeOf(JSON.parse(content.messageOf(line))))
      expect(content.timestampOf(line)).toBe(format === 'json' ? undefined : Date.parse(time))
    }
  })

  test.each(contentFormats)('%s: its parser makes one record of every good line, and none of poison', (format) => {
    const poisonRatio = format === 's3-lines' ? 0 : 0.2
    const content = objectContent('seed', 'scenario', source({ format, lines: 500, poisonRatio, lineBytes: 600 }), 3)
    const poisoned = content.poison.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    )
    expect(poisoned.length > 0).toBe(poisonRatio > 0)
    const parser = parserOf(format)
    for (let line = 1; line <= 500; line++) {
      const result = parser?.parse(content.messageOf(line))
      if (poisoned.includes(line)) expect(result).toHaveProperty('failure')
      else {
        expect(result).toHaveLength(1)
        const [record] = result as readonly { readonly timestampMs?: number }[]
        if (content.timestampOf(line) !== undefined) expect(record?.timestampMs).toBe(content.timestampOf(line))
      }
    }
  })

  test('the key ends in the six digits of the index and the suffix', () => {
    const keyOf = (index: number) =>
      objectContent('s', 'x', source({ prefix: 'in put/größe+', suffix: '.log' }), index).key
    expect([keyOf(0), keyOf(123_456)]).toEqual(['in put/größe+000000.log', 'in put/größe+123456.log'])
  })

  test('an empty object has no bytes, or those of an empty gzip', async () => {
    expect(bytesOf(await objectContent('s', 'x', source({ lines: 0 }), 0).body())).toBe(0)
    const gzip = await objectContent('s', 'x', source({ lines: 0, gzip: true, suffix: '.gz' }), 0).body()
    expect(gunzipSync(await wholeBody(gzip)).length).toBe(0)
  })

  test('lines that it has not are refused', () => {
    const content = objectContent('s', 'x', source({ lines: 2 }), 0)
    for (const line of [0, 3, 1.5]) expect(() => content.messageOf(line)).toThrow(RangeError)
  })

  test('equal texts: all lines of all objects are the same, but for poison', () => {
    const equal = source({ format: 'json', equalTexts: true, lines: 50, poisonRatio: 0.2 })
    const [one, other] = [0, 1].map((index) => objectContent('s', 'x', equal, index))
    const texts = [one, other].flatMap((content) =>
      Array.from({ length: 50 }, (_, index) => content?.messageOf(index + 1) ?? ''),
    )
    expect(new Set(texts.filter((text) => !text.includes('poison'))).size).toBe(1)
  })
})

describe('large objects', () => {
  test('they come as a stream of the promised length, in pieces', async () => {
    const body = await objectContent('s', 'x', source({ lines: 10_000, lineBytes: 1000 }), 0).body()
    expect(body).not.toBeInstanceOf(Uint8Array)
    let bytes = 0
    let largest = 0
    if ('stream' in body) {
      for await (const chunk of body.stream) {
        bytes += chunk.length
        largest = Math.max(largest, chunk.length)
      }
    }
    expect(bytes).toBe(bytesOf(body))
    expect(Math.abs(bytes / 10_000 - 1001)).toBeLessThan(5)
    expect(largest).toBeLessThan(200_000)
  })

  test('the event loop turns while a large one is made', async () => {
    let turns = 0
    let immediate = setImmediate(function again() {
      turns++
      immediate = setImmediate(again)
    })
    await objectContent('s', 'x', source({ lines: 20_000, gzip: true, suffix: '.gz' }), 0).body()
    clearImmediate(immediate)
    expect(turns).toBeGreaterThan(3)
  })

  test('gzip of many pieces holds all lines', async () => {
    const content = objectContent('s', 'x', source({ lines: 20_000, gzip: true, suffix: '.gz' }), 0)
    const lines = linesOf(gunzipSync(await wholeBody(await content.body())).toString())
    expect(lines.length).toBe(20_000)
    expect(lines[19_999]).toBe(content.messageOf(20_000))
  })
})

describe('what cannot be made', () => {
  test.each([
    [{ format: 'syslog' }, 'format "syslog"'],
    [{ poisonRatio: 0.1 }, 's3-lines'],
    [{ unreadableRatio: 0.1 }, 'gzip: true'],
    [{ gzip: true }, '.gz'],
    [{ suffix: '.log.gz' }, 'promises gzip'],
    [{ prefix: 'day1' }, 'digit'],
    [{ suffix: '.7z' }, 'digits'],
    [{ prefix: '\ud800' }, 'well-formed'],
    [{ prefix: 'ä'.repeat(600) }, '1210 bytes'],
  ])('%o is refused', (changes, text) => {
    const bad = source(changes)
    expect(contentProblem(bad)).toContain(text)
    expect(() => objectContent('s', 'x', bad, 0)).toThrow(InputError)
  })

  test('everything else is fine', () => {
    expect(contentProblem(source())).toBeUndefined()
    expect(contentProblem(source({ gzip: true, suffix: '.log.gz', unreadableRatio: 1 }))).toBeUndefined()
    expect(contentProblem(source({ format: 'json', poisonRatio: 0.5 }))).toBeUndefined()
  })
})
