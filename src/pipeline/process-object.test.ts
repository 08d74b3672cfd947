import { describe, expect, test } from 'vitest'
import { badLineMessage, collectBadLines, parcelsOf } from './bad-lines.ts'
import type { Handler, RecordMeta } from './handler.ts'
import { type ObjectToProcess, type Parsed, processObject } from './process-object.ts'
import { record } from './records.sample.ts'

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const parse = (text: string): Parsed => {
  try {
    return [{ tag: 'json', event: JSON.parse(text) }]
  } catch {
    return { failure: 'expected JSON' }
  }
}

async function run(text: string, more: Partial<ObjectToProcess> = {}) {
  const calls: string[] = []
  const metas: RecordMeta[] = []
  const handler: Handler = {
    setup: (args) => void calls.push(`setup ${JSON.stringify(args)}`),
    recv: (meta, event) => {
      metas.push(meta)
      calls.push(`${meta.source.line} ${JSON.stringify(event)}`)
    },
    result: () => {
      calls.push('result')
      return 7
    },
  }
  const base = { bucket: 'logs', key: 'k', source: 's3-lines', parse, timestampMs: 5, handler, args: { url: 'u' } }
  const done = await processObject({ ...base, body: bytes(text), ...more })
  return { calls, metas, done }
}

test('setup, every record in its order, result', async () => {
  const { calls, metas, done } = await run('1\n{"a":2}\n')
  expect(calls).toEqual(['setup {"url":"u"}', '1 1', '2 {"a":2}', 'result'])
  expect(metas[1]).toEqual({
    tag: 'json',
    timestamp: 5,
    source: { bucket: 'logs', key: 'k', line: 2 },
    message: '{"a":2}',
  })
  expect(done).toEqual({ lines: 2, records: 2, bad: { count: 0, ranges: [], reasons: [] }, result: 7 })
})

test('bad lines do not hold up the good ones, and blank ones count for nothing', async () => {
  const { calls, done } = await run('1\nx\ny\n\n  \n6\nz\r\n8')
  expect(calls.slice(1, -1)).toEqual(['1 1', '6 6', '8 8'])
  expect(done.lines).toBe(6)
  expect(done.bad).toEqual({
    count: 3,
    ranges: [
      { first: 2, last: 3 },
      { first: 7, last: 7 },
    ],
    reasons: ['line 2: expected JSON', 'line 3: expected JSON', 'line 7: expected JSON'],
  })
})

test('only the lines that are asked for', async () => {
  const only = [
    { first: 6, last: 7 },
    { first: 2, last: 3 },
  ]
  const { calls, done } = await run('1\n2\nx\n4\n5\n6\n7\n8\n9', { only })
  expect(calls.slice(1, -1)).toEqual(['2 2', '6 6', '7 7'])
  expect(done.bad.ranges).toEqual([{ first: 3, last: 3 }])
})

test('an empty object is done', async () => {
  expect((await run('')).calls).toEqual(['setup {"url":"u"}', 'result'])
})

test('the time of a record goes before that of the object', async () => {
  const { metas } = await run('1', { parse: () => [{ tag: '', timestampMs: 9, event: 1 }] })
  expect(metas[0]?.timestamp).toBe(9)
})

test('s3-text is one record', async () => {
  const { calls } = await run('{"a":\n1}', { source: 's3-text' })
  expect(calls.slice(1, -1)).toEqual(['1 {"a":1}'])
})

describe('a handler', () => {
  test('that gives a promise is waited for before the next record', async () => {
    const seen: string[] = []
    const handler: Handler = {
      async recv({ source }) {
        seen.push(`begin ${source.line}`)
        await new Promise((resolve) => setImmediate(resolve))
        seen.push(`end ${source.line}`)
      },
    }
    await run('1\n2', { handler })
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
  })

  const fail = () => {
    throw new Error('no')
  }
  test.each<[string, Handler]>([
    ['setup', { setup: fail, recv: () => undefined }],
    ['recv', { recv: fail }],
    ['recv, later', { recv: async () => fail() }],
    ['result', { recv: () => undefined, result: fail }],
    ['result, later', { recv: () => undefined, result: async () => fail() }],
  ])('that throws in %s fails the object', async (_where, handler) => {
    await expect(run('1', { handler })).rejects.toThrow('no')
  })
})

describe('bad lines', () => {
  test('of a very bad object go into several parcels, none lost', () => {
    const collector = collectBadLines()
    for (let line = 1; line <= 24_000; line += 2) collector.add(line, 'expected JSON')
    const parcels = parcelsOf(record('k'), collector.lines)
    expect(parcels.map(({ lines }) => lines?.length)).toEqual([5000, 5000, 2000])
    expect(parcels.flatMap(({ lines }) => lines)).toEqual(collector.lines.ranges)
    expect(Math.max(...parcels.map((parcel) => JSON.stringify(parcel).length))).toBeLessThan(200_000)
    expect(badLineMessage(collector.lines)).toMatch(
      /^12000 of the object's lines cannot be read: line 1: .*; and 11995 more$/,
    )
  })

  test('none, no parcel', () => {
    expect(parcelsOf(record('k'), collectBadLines().lines)).toEqual([])
  })
})
