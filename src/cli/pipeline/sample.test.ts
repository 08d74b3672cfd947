// `pipeline sample` by running it, and its payloads against what the functions read.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { parserOfAll } from '../../parsers/index.ts'
import { decodeEventRecord, readNotification, toEventRecord } from '../../pipeline/event-record.ts'
import { playground } from '../test-rig.ts'
import { samplePayload } from './sample-event.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())
const sample = (...args: readonly string[]) => where.shaketable(['pipeline', 'sample', ...args])

describe.concurrent('sample', { timeout: 60_000 }, () => {
  test.for(['json', 'azure-ad-event', 'g-suite-login'])('lines of %s, which its parser reads', async (format) => {
    const { code, stdout } = await sample('--format', format, '--lines', '20')
    const lines = stdout.split('\n').slice(0, -1)
    expect({ code, lines: lines.length }).toEqual({ code: 0, lines: 20 })
    for (const line of lines) expect(parserOfAll([format]).parse(line)).not.toHaveProperty('failure')
  })

  test('the same seed gives the same lines, to a gzip as well', async () => {
    const file = `${where.folder}/a.log.gz`
    const [shown, written, other] = await Promise.all([
      sample('--seed', 'one', '--poison-ratio', '0.5'),
      sample('--seed', 'one', '--poison-ratio', '0.5', '--to', file),
      sample('--seed', 'two'),
    ])
    expect(written).toMatchObject({ code: 0, stdout: '' })
    expect(shown.stdout).not.toBe(other.stdout)
    expect(gunzipSync(readFileSync(file)).toString().split('\n')).toHaveLength(11)
  })

  test('who reads only the beginning ends it', async () => {
    const program = `${process.execPath} ${new URL('../../launcher.mjs', import.meta.url).pathname}`
    const end = await where.shaketable(['-c', `${program} pipeline sample --lines 200000 | head -n 1`], {
      command: ['bash'],
    })
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout.split('\n')).toHaveLength(2)
  })

  test('an event by the command', async () => {
    const { code, stdout } = await sample('event', '--bucket', 'logs', '--key', 'a b+é.log', '--for', 'main')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ bucket_name: 'logs', object_key: 'a b+é.log', dest_stream: 'fast' })
  })
})

describe('payloads', () => {
  const object = { bucket: 'logs', key: 'fast/a b+é%20?.log', size: 7, lane: 'slow' } as const

  test('s3: the key encoded as S3 does, and read back', () => {
    const payload = samplePayload('s3', object)
    expect(JSON.stringify(payload)).toContain('"key":"fast/a+b%2B%C3%A9%2520%3F.log"')
    expect(readNotification(payload)).toMatchObject({
      objects: [{ bucket_name: 'logs', object_key: object.key, object_size: 7 }],
      refused: [],
    })
  })

  test('event-pusher: the same in a message of SNS', () => {
    const { Records } = samplePayload('event-pusher', object) as { Records: { Sns: { Message: string } }[] }
    expect(JSON.parse(Records[0]?.Sns.Message ?? '')).toEqual(samplePayload('s3', object))
  })

  test('main and dispatcher: an event record', () => {
    const record = samplePayload('main', object)
    expect(toEventRecord(record)).toEqual(record)
    const { Records } = samplePayload('dispatcher', object) as { Records: { kinesis: { data: string } }[] }
    expect(decodeEventRecord(Buffer.from(Records[0]?.kinesis.data ?? '', 'base64').toString())).toEqual(record)
  })
})
