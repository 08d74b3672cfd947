// `pipeline local` by running it: what is handed over, which lines cannot be read, and a handler that misbehaves in every
// way, each of which ends with one report and exit 1.

import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { leftovers, nothing, playground } from '../test-rig.ts'
import { putPipeline } from './test-pipeline.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())
putPipeline(where)
const good = where.write('good.log', '{"a":1}\n{"a":2}\r\n\n{"a":4}\n')
const third = where.write('third.log', '{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n')
const bad = where.write('bad.log', Buffer.concat([Buffer.from('{"a":1}\n{"a"\n'), Buffer.from([0xff, 10])]))
const packed = where.write('packed.log.gz', gzipSync('{"a":1}\n{"a":2}\n'))
const cut = where.write('cut.log.gz', gzipSync('{"a":1}\n{"a":2}\n').subarray(0, 20))

const local = (files: readonly string[], mode: string, ...more: readonly string[]) =>
  where.shaketable(['pipeline', 'local', ...files, '--format', 's3-lines,json', '--set', `MODE=${mode}`, ...more], {
    env: { AWS_PROFILE: 'somebody', AWS_ENDPOINT_URL: '' },
  })

describe.concurrent('local', { timeout: 60_000 }, () => {
  test('good files: the result on stdout, what the handler prints on stderr', async () => {
    const end = await local([good, packed], 'calm')
    expect(end).toMatchObject({ code: 0, stderr: 'the handler speaks\n'.repeat(2) })
    expect(end.stdout).toBe(
      `${good} as s3-lines, json\n` +
        '  3 lines: 3 handed over as 3 records, 0 cannot be read\n' +
        '  result: {"taken":3,"profile":"none"}\n' +
        `${packed} as s3-lines, json\n` +
        '  2 lines: 2 handed over as 2 records, 0 cannot be read\n' +
        '  result: {"taken":2,"profile":"none"}\n',
    )
  })

  test('lines that cannot be read: their numbers, reasons and texts', async () => {
    const end = await local([bad], 'calm', '-o', 'json')
    expect(end.code).toBe(1)
    expect(JSON.parse(end.stdout).files[0]).toMatchObject({
      lines: 3,
      records: 1,
      bad: 2,
      badShown: [
        { line: 2, reason: 'expected JSON, found "{\\"a\\""', text: '{"a"' },
        { line: 3, reason: 'expected text in UTF-8, found other bytes' },
      ],
    })
  })

  test('a broken gzip hands over nothing, and the next file is read', async () => {
    const end = await local([cut, good], 'calm')
    expect(end.code).toBe(1)
    expect(end.stdout).toMatch(/cut\.log\.gz as .*\n {2}0 lines.*\n {2}the file cannot be read: unexpected end of file/)
    expect(end.stdout).toMatch(/good\.log as .*\n {2}3 lines: 3 handed over/)
  })

  test.for([
    ['throw', /failed in recv, line 3: TypeError: no third line, please\n {4}at handler\.ts:15:\d+$/m],
    ['bad-setup', /failed in setup: no such mode\n {4}at handler\.ts:\d+:\d+$/m],
    ['exit', /failed in recv, line 3: it ended its process$/m],
    ['hang', /failed in recv, line 3: it was not done after 3 s$/m],
    ['loop', /failed in recv, line 3: it was not done after 3 s$/m],
    ['stray', /failed in recv, line 3: it failed outside of its calls: nobody waits for this$/m],
  ] as const)('a handler that does %s', async ([mode, message]) => {
    const endless = mode === 'hang' || mode === 'loop' ? ['--timeout', '3'] : []
    const end = await local([third], mode, ...endless)
    expect(end).toMatchObject({ code: 1, stdout: expect.stringMatching(message) })
    expect(end.stderr).not.toMatch(/^\s+at |Warning/m)
  })

  test('a handler that keeps a timer does not hold up the end', async () => {
    expect(await local([third], 'timer')).toMatchObject({ code: 0, stdout: expect.stringContaining('"taken":4') })
  })

  test('what a handler leaves behind at the end is told', async () => {
    const end = await local([third], 'late')
    expect(end).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/warning: after its last result\(\).*: too late/),
    })
  })

  test('the formats of the config, by bucket and key', async () => {
    const as = (key: string) =>
      where.shaketable(['pipeline', 'local', bad, '--set', 'MODE=x', '--bucket', 'demo-logs', '--key', key])
    expect(await as('fast/a.log')).toMatchObject({ code: 1, stdout: expect.stringContaining('3 lines: 1 handed over') })
    expect(await as('ignored/a.log')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is read') })
  })
})

test('nothing is left', () => {
  expect(leftovers(where)).toEqual(nothing)
})
