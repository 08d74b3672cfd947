import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { constants, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EnvironmentError, InputError } from './errors.ts'
import type { HistoryEvent, NewEvent } from './history.ts'
import { eventKinds, historyFileIn, openHistory, readHistory } from './history-file.ts'
import type { Migrations } from './history-migrations.ts'
import { numbered, syntheticHeader, syntheticRun, syntheticScenario, syntheticText } from './synthetic-history.ts'

const header = syntheticHeader([syntheticScenario()])
const events = syntheticRun([
  { id: 'a', intendedMs: 10 },
  { id: 'b', intendedMs: 20 },
])
const beat = (atMs: number): NewEvent => ({ kind: 'heartbeat', src: 'runner', scenario: '', atMs, lateMs: 1 })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-history-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function read(content: string | Buffer, options: { migrations?: Migrations } = {}) {
  const file = join(folder, 'history.ndjson')
  await writeFile(file, content)
  const seen: HistoryEvent[] = []
  const summary = await readHistory(file, { event: (event) => seen.push(event) }, options)
  return { ...summary, seen }
}

async function refused(content: string | Buffer): Promise<string> {
  const error = await read(content).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InputError)
  return (error as Error).message.replace(folder, 'RUN')
}

describe('writing', () => {
  test('what was appended is read back, numbered for each source, with nothing amiss', async () => {
    const file = join(folder, 'history.ndjson')
    const writer = openHistory(file, header)
    for (const event of events) expect(writer.append(event)).toBe(true)
    expect(await writer.close('complete')).toEqual({ file, events: events.length + 1, dropped: 0 })
    const seen: HistoryEvent[] = []
    const summary = await readHistory(file, { event: (event) => seen.push(event) })
    expect(summary).toEqual({ header, events: events.length + 1, problems: [] })
    expect(seen.slice(0, -1)).toEqual(numbered(events))
    expect(seen.filter(({ src }) => src === 'load').map(({ seq }) => seq)).toEqual([0, 1, 2, 3])
  })

  test('events reach the file within 100 ms without any close', async () => {
    const file = join(folder, 'history.ndjson')
    const writer = openHistory(file, header)
    writer.append(beat(1))
    const deadline = performance.now() + 2000
    let lines = 0
    while (lines < 3 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      lines = (await readFile(file, 'utf8')).split('\n').length
    }
    expect(lines).toBe(3)
    await writer.close('complete')
  })

  test('a disk that falls behind costs events, which are counted and make the run inconclusive', async () => {
    const chunks: Buffer[] = []
    let release = () => {}
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk)
        release = done
      },
    })
    const writer = openHistory('slow', header, { stream: slow, waitingBytesMax: 4000 })
    const kept = Array.from({ length: 100 }, (_, index) => writer.append(beat(index)))
    expect(kept.includes(false)).toBe(true)
    const closing = writer.close('complete')
    const timer = setInterval(() => release(), 1)
    const closed = await closing
    clearInterval(timer)
    expect(closed.dropped).toBe(kept.filter((one) => !one).length)
    const { problems } = await read(Buffer.concat(chunks))
    expect(problems).toEqual([`the writer fell behind and dropped ${closed.dropped} events`])
  })

  test('a full disk is an environment error that names the file', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(new Error('ENOSPC: no space left on device')),
    })
    const writer = openHistory('full.ndjson', header, { stream: full })
    await new Promise((resolve) => full.once('close', resolve))
    expect(writer.append(beat(1))).toBe(false)
    const error = await writer.close('complete').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EnvironmentError)
    expect((error as Error).message).toContain('cannot write the history full.ndjson: ENOSPC')
  })

  test('an existing history is not overwritten, and a folder that is not there is said', async () => {
    await writeFile(join(folder, 'history.ndjson'), 'precious')
    expect(() => openHistory(join(folder, 'history.ndjson'), header)).toThrow(EnvironmentError)
    expect(await readFile(join(folder, 'history.ndjson'), 'utf8')).toBe('precious')
    expect(() => openHistory(join(folder, 'missing', 'history.ndjson'), header)).toThrow(
      /cannot write the history .*ENOENT/,
    )
  })

  test('an event that readers would refuse is a bug of its writer', () => {
    const writer = openHistory(join(folder, 'history.ndjson'), header)
    expect(() => writer.append(beat(Number.NaN))).toThrow('heartbeat: "atMs" must be a finite number')
  })

  test('what comes after close belongs to no run', async () => {
    const writer = openHistory(join(folder, 'history.ndjson'), header)
    await writer.close('interrupted')
    expect(writer.append(beat(1))).toBe(false)
    const { problems } = await readHistory(join(folder, 'history.ndjson'), { event: () => {} })
    expect(problems).toEqual(['the run did not complete: it was interrupted'])
  })

  test('a large history is compressed, found and read back', async () => {
    const file = join(folder, 'history.ndjson')
    const writer = openHistory(file, header, { compressAboveBytes: 1000 })
    for (const event of events) writer.append(event)
    const closed = await writer.close('complete')
    expect(closed.file).toBe(`${file}.zst`)
    await expect(access(file)).rejects.toThrow()
    expect(await historyFileIn(folder)).toBe(closed.file)
    let count = 0
    const { problems } = await readHistory(closed.file, { event: () => count++ })
    expect({ count, problems }).toEqual({ count: events.length + 1, problems: [] })
  })
})

describe('what a crash leaves is a problem, not an error', () => {
  const whole = syntheticText(header, events)

  test('a torn last line and no end marker', async () => {
    const { problems, seen } = await read(whole.slice(0, -30))
    expect(seen).toHaveLength(events.length)
    expect(problems).toEqual([
      `line ${events.length + 2} of the history is torn`,
      'the history has no end marker: the run died before it was complete',
    ])
  })

  test('cut between lines', async () => {
    const lines = whole.trimEnd().split('\n')
    const { problems } = await read(`${lines.slice(0, -1).join('\n')}\n`)
    expect(problems).toEqual(['the history has no end marker: the run died before it was complete'])
  })

  test('a cut compressed file', async () => {
    const long = syntheticText(
      header,
      Array.from({ length: 50_000 }, (_, index) => beat(index * 1.37)),
    )
    const compressed = zstdCompressSync(long)
    const { problems, seen } = await read(compressed.subarray(0, compressed.length / 2))
    expect(seen.length).toBeGreaterThan(1000)
    expect(problems[0]).toBe('the compressed history was cut')
  })

  test('a missing event shows by its sequence number, and order does not matter', async () => {
    const lines = whole.trimEnd().split('\n')
    const { problems } = await read(lines.toSpliced(2, 1).join('\n'))
    expect(problems).toEqual([
      expect.stringMatching(/^events are missing from the history by their sequence numbers: \w+ 1$/),
    ])
    const [head = '', ...rest] = lines
    const end = rest.pop() ?? ''
    expect((await read([head, ...rest.reverse(), end].join('\n'))).problems).toEqual([])
  })

  test('an event behind the end marker', async () => {
    const late = JSON.stringify({ ...beat(9999), seq: 99_999 })
    const { problems } = await read(`${whole}${late}\n`)
    expect(problems[0]).toBe('1 events stand behind the end marker')
  })
})

describe('what is no history is refused with file and line', () => {
  const whole = syntheticText(header, events)

  test('an empty file', async () => {
    expect(await refused('')).toContain('RUN/history.ndjson:1: the header of a history expected, the file is empty')
  })

  test('a missing file and a directory', async () => {
    await expect(readHistory(join(folder, 'none'), { event: () => {} })).rejects.toThrow(/none:1: .*no such file/)
    await mkdir(join(folder, 'dir'))
    await expect(readHistory(join(folder, 'dir'), { event: () => {} })).rejects.toThrow(/dir:1: .*it is a directory/)
    await expect(historyFileIn(folder)).rejects.toThrow(/no history.ndjson or history.ndjson.zst/)
  })

  test('1 MB of random bytes', async () => {
    // The bytes only need to be no JSON: a fixed scramble is as good as chance and can be repeated.
    const bytes = Buffer.from(
      Array.from({ length: 1_048_576 }, (_, index) => (index * 7919 + (index >> 7) * 104_729) % 251),
    )
    const message = await refused(bytes)
    expect(message).toMatch(/^RUN\/history\.ndjson:1: a JSON object expected, "[\x20-\x7e]*" seen\n {2}hint: /)
  })

  test('1 MB without an end of line is one torn header', async () => {
    expect(await refused(Buffer.alloc(1_048_576, 'x'))).toContain('history.ndjson:1: a JSON object expected')
  })

  test('garbage in the middle', async () => {
    const lines = whole.split('\n')
    expect(await refused(lines.toSpliced(3, 0, '{"atMs": 1,').join('\n'))).toContain(
      'RUN/history.ndjson:4: a JSON object expected',
    )
  })

  test('a damaged compressed file', async () => {
    const compressed = zstdCompressSync(whole, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
    compressed[compressed.length - 8] = (compressed[compressed.length - 8] ?? 0) ^ 255
    expect(await refused(compressed)).toMatch(/damaged zstd file/)
  })

  test('an unknown kind, a wrong field, an unknown scenario', async () => {
    const at = (event: object) =>
      refused(`${whole.split('\n')[0]}\n${JSON.stringify(event)}\n${whole.split('\n')[1]}\n`)
    const base = { atMs: 1, src: 'x', seq: 0, scenario: '' }
    expect(await at({ ...base, kind: 'request-snet' })).toContain(
      'RUN/history.ndjson:2: an event of a known kind expected, kind "request-snet" seen',
    )
    expect(await at({ ...base, kind: 'heartbeat', lateMs: 'x' })).toContain(
      ':2: heartbeat: "lateMs" must be a finite number, "x" seen',
    )
    expect(await at({ ...base, kind: 'heartbeat', lateMs: 1, scenario: 'nope' })).toContain(
      ':2: "scenario" must be empty or a scenario of the first line, "nope" seen',
    )
  })

  test('a header that lacks something names the place', async () => {
    const { seed, ...rest } = header
    expect(seed).toBeDefined()
    expect(await refused(`${JSON.stringify(rest)}\n`)).toContain(
      'RUN/history.ndjson:1 (/seed): not the header of a history',
    )
    expect(await refused('{"hello": 1}\n')).toContain(`:1: a history's first line has a "format" number, nothing seen`)
  })
})

describe('formats', () => {
  test('a newer one is refused', async () => {
    const message = await refused(`${JSON.stringify({ ...header, format: 7 })}\n`)
    expect(message).toContain('RUN/history.ndjson:1: history format 7 found, this version reads up to format 1')
    expect(message).toContain('hint: judge it with the version of shaketable that wrote it')
  })

  test('an older one without a way is refused', async () => {
    expect(await refused(`${JSON.stringify({ ...header, format: 0 })}\n`)).toContain('knows no way from 0 to 1')
  })

  test('an older one is migrated step by step', async () => {
    const migrations: Migrations = new Map([
      [-1, { header: (old) => ({ ...old, format: 0, seed: 'old' }), event: (event) => [event, event] }],
      [
        0,
        {
          header: (old) => ({ ...old, format: 1, seed: `${old.seed}er` }),
          event: ({ late, ...event }) => [{ ...event, lateMs: late }],
        },
      ],
    ])
    const { seed, ...rest } = header
    expect(seed).toBeDefined()
    const old = [
      { ...rest, format: -1 },
      { kind: 'heartbeat', src: 'runner', scenario: '', atMs: 1, seq: 0, late: 3 },
    ]
    const { header: migrated, seen } = await read(old.map((line) => JSON.stringify(line)).join('\n'), { migrations })
    expect(migrated.seed).toBe('older')
    expect(seen.map((event) => 'lateMs' in event && event.lateMs)).toEqual([3, 3])
  })

  test('format 1 stays readable: the golden file has every kind', async () => {
    const kinds = new Set<string>()
    const golden = new URL('../../fixtures/history/format-1.golden.ndjson', import.meta.url).pathname
    const { problems, header: read } = await readHistory(golden, { event: ({ kind }) => kinds.add(kind) })
    expect(problems).toEqual([])
    expect(read.scenarios[0]?.name).toBe('golden')
    expect([...kinds].sort()).toEqual(Object.keys(eventKinds).sort())
  })
})
