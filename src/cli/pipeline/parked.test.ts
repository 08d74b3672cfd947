// errors, error, drain and limit against an endpoint that answers as AWS does, page by page.

import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../../main.ts'
import { playground } from '../test-rig.ts'
import { type FakeAws, fakeAws, inProcess, type ParkedRow, putPipeline } from './test-pipeline.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())
const config = putPipeline(where)

const record = (key: string, more: object = {}) => ({
  aws_region: 'us-east-1',
  event_time: '2026-01-01T00:00:00.000Z',
  event_name: 'ObjectCreated:Put',
  bucket_name: 'demo-logs',
  bucket_arn: 'arn:aws:s3:::demo-logs',
  object_key: key,
  object_size: 10,
  object_etag: 'e',
  dest_stream: 'fast',
  ...more,
})
const row = (id: string, at: string, records: readonly object[], message = 'it failed'): ParkedRow => ({
  ...{ id, at, code: '200', message },
  argument: JSON.stringify(records),
})
const rows: readonly ParkedRow[] = [
  row('second', '2026-01-01T00:00:02.000Z', [
    record('fast/b', {
      lines: [
        { first: 4, last: 4 },
        { first: 7, last: 9 },
      ],
    }),
  ]),
  row('first', '2026-01-01T00:00:01.000Z', [record('slow/a b', { dest_stream: 'slow' }), record('fast/c')]),
  row('third', '2026-01-01T00:00:03.000Z', [record('fast/d')], 'a line with \u001b[31m in it'),
  row('nothing', '2026-01-01T00:00:00.000Z', []),
  row('fourth', '2026-01-01T00:00:04.000Z', [record('fast/e')]),
]

const pipeline = (aws: FakeAws, ...args: readonly string[]) =>
  inProcess(main, ['pipeline', ...args, '--config', config], { AWS_ENDPOINT_URL: aws.endpoint })

describe('errors', { timeout: 30_000 }, () => {
  test('newest first, over all pages', async () => {
    await using aws = await fakeAws(rows)
    const { code, stdout } = await pipeline(aws, 'errors')
    expect(code).toBe(0)
    expect(stdout).toContain(`5 items parked in table demo-logs-errors at ${aws.endpoint}, newest first\n`)
    expect(stdout.match(/^\w+(?= {2}2026)/gm)).toEqual(['fourth', 'third', 'second', 'first', 'nothing'])
    expect(stdout).toContain('    200: it failed\n    demo-logs/fast/b, lines 4 and 7-9 -> fast\n')
    expect(stdout).toContain('a line with \\u001b[31m in it')
    expect(stdout).toContain('no event record in it')
  })

  test('the newest two, as JSON', async () => {
    await using aws = await fakeAws(rows)
    const { stdout } = await pipeline(aws, 'errors', '--limit', '2', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      table: 'demo-logs-errors',
      parked: 5,
      items: [
        { requestId: 'fourth', errorCode: '200', objects: [{ object: 'demo-logs/fast/e', lane: 'fast' }] },
        { requestId: 'third' },
      ],
    })
  })

  test('an empty table says so', async () => {
    await using aws = await fakeAws([])
    expect(await pipeline(aws, 'errors')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^nothing is parked/),
    })
  })
})

describe('error', { timeout: 30_000 }, () => {
  test('in full, with what a drain would do', async () => {
    await using aws = await fakeAws(rows)
    const { code, stdout } = await pipeline(aws, 'error', 'first')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^event record 1: demo-logs\/slow\/a b\n {4}all lines; lane slow$/m)
    expect(stdout).toContain(
      'a drain puts 1 event record back into the fast lane (demo-logs-fast) and 1 event record back into the slow lane',
    )
  })

  test('one that a drain cannot help', async () => {
    await using aws = await fakeAws(rows)
    expect((await pipeline(aws, 'error', 'nothing')).stdout).toContain('a drain can do nothing with it')
    const { stdout } = await pipeline(aws, 'error', 'second', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({ drainable: true, records: [{ object_key: 'fast/b' }] })
  })
})

describe('drain', { timeout: 30_000 }, () => {
  test('all of it: what will be, and what was', async () => {
    await using aws = await fakeAws(rows, { drained: 4, records: 5, failed: 1 })
    const { code, stdout } = await pipeline(aws, 'drain', '--all')
    expect(stdout).toMatch(
      /^to drain: 5 items of .*: 4 event records into the fast lane, 1 event record into the slow lane; 1 item without/,
    )
    expect(stdout).toMatch(/^drained: 4 items, 5 event records put, 1 item stayed in the table/m)
    expect(code).toBe(1)
    expect(aws.drained).toEqual([{}])
  })

  test('the chosen ones, each once', async () => {
    await using aws = await fakeAws(rows, { drained: 2, records: 2, failed: 0 })
    const { code, stdout } = await pipeline(aws, 'drain', 'third', 'fourth', 'third', '-o', 'json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ plan: { items: 2 }, result: { drained: 2, failed: 0 } })
    expect(aws.drained).toEqual([{ request_ids: ['third', 'fourth'] }])
  })

  test('one id that is not there, and nothing is drained', async () => {
    await using aws = await fakeAws(rows)
    const end = await pipeline(aws, 'drain', 'third', 'fifth')
    expect(end).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('expected 1 item "fifth"') })
    expect(aws.drained).toEqual([])
  })

  test('a dry run, and an empty table', async () => {
    await using aws = await fakeAws(rows)
    await using empty = await fakeAws([])
    expect(await pipeline(aws, 'drain', '--all', '--dry-run')).toMatchObject({ code: 0 })
    expect(await pipeline(empty, 'drain', '--all')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^nothing/),
    })
    expect([...aws.drained, ...empty.drained]).toEqual([])
  })
})

describe('limit', { timeout: 30_000 }, () => {
  test('shows what a lane has', async () => {
    await using aws = await fakeAws([])
    const end = await pipeline(aws, 'limit', 'slow')
    expect(end).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('delay 0.5 s, batch size 2, below 4 objects'),
    })
    expect(aws.changes).toEqual([])
  })

  test('sets it, and says what was', async () => {
    await using aws = await fakeAws([])
    const { code, stdout } = await pipeline(aws, 'limit', 'slow', '--delay', '2', '--batch-size', '1')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /: delay 2 s, batch size 1, below 0\.5 .*\n {2}before: delay 0\.5 s, batch size 2.*\n.*a deployment sets that again/,
    )
    expect(aws.changes).toEqual([
      expect.objectContaining({ Environment: { Variables: { DELAY: '2' } } }),
      expect.objectContaining({ BatchSize: 1 }),
    ])
  })
})
