import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { isPipeline } from '../core/scenario-record.ts'
import { headline, pipelineHeadline, type ScenarioFolder, scenarioFolder } from './load.sample.ts'

let folder: ScenarioFolder
beforeEach(async () => {
  folder = await scenarioFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

const least = `name: small
about: Nothing is broken.
pipeline: { config: ../config.yml }
duration: 1s
expect: [{ whole: {} }]
`

async function loaded(text: string) {
  await folder.write('mesh/a.yaml', text)
  const [record] = await folder.load(['mesh/a.yaml'])
  if (record === undefined || !isPipeline(record)) throw new Error('a pipeline scenario was expected')
  return record
}

describe('a good file', () => {
  test('with the least that it must have', async () => {
    expect(await loaded(least)).toEqual({
      name: 'small',
      about: 'Nothing is broken.',
      file: 'mesh/a.yaml',
      pipeline: {
        config: join(folder.path, 'config.yml'),
        shards: 1,
        objects: [],
        operations: [],
        sink: { serviceTimeMs: 0 },
        fanOut: false,
        settleMs: 20_000,
        asyncRetryMs: [300, 600],
      },
      durationMs: 1000,
      faults: [],
      expect: [{ check: 'whole', config: {}, line: 5 }],
      isolated: false,
    })
  })

  test('with all that it may have', async () => {
    expect(await loaded(pipelineHeadline)).toEqual({
      name: 'poison-among-good',
      about: 'One line in ten cannot be read.',
      file: 'mesh/a.yaml',
      pipeline: {
        config: join(folder.path, 'config.yml'),
        shards: 2,
        objects: [
          {
            bucket: 'logs',
            prefix: 'fast/a+b/',
            suffix: '.gz',
            format: 's3-lines',
            gzip: true,
            ratePerSecond: 10,
            arrivals: { kind: 'ramp', toPerSecond: 20 },
            lines: 20,
            lineBytes: 300,
            poisonRatio: 0,
            unreadableRatio: 0.1,
            equalTexts: true,
            fromMs: 500,
            untilMs: 2500,
          },
          {
            bucket: 'logs',
            prefix: 'slow/',
            suffix: '.log',
            format: 'json',
            gzip: false,
            ratePerSecond: 5,
            arrivals: { kind: 'constant' },
            lines: 10,
            lineBytes: 0,
            poisonRatio: 0.1,
            unreadableRatio: 0,
            equalTexts: false,
            fromMs: 0,
            untilMs: 3000,
          },
        ],
        operations: [
          { when: 1000, kind: 'limit', lane: 'slow', delayMs: 500, batchSize: 2 },
          { when: 2000, kind: 'control', lane: 'slow', latencyTargetMs: 250, everyMs: 2000 },
          { when: 'settled', kind: 'drain', chosenRatio: 0.5, oneByOne: true },
          { when: 'settled', kind: 'drain', chosenRatio: 1, oneByOne: false },
        ],
        sink: { serviceTimeMs: 20, capacity: 3 },
        fanOut: true,
        settleMs: 30_000,
        asyncRetryMs: [100, 200],
      },
      durationMs: 3000,
      faults: [
        // What is planned for calls holds until all is drained; what acts, acts during the load.
        { name: 'crashes', kind: 'crash', target: 'main', fromMs: 0, untilMs: 3_600_000, config: { first: 1 } },
        { name: 'stalled', kind: 'stall', target: 'emulator', fromMs: 1000, untilMs: 3000, config: {} },
      ],
      expect: [
        { check: 'whole', config: { fault: 'crashes' }, line: 35 },
        { check: 'share', config: '>= 0.99', line: 36 },
      ],
      isolated: true,
      falseAlarm: { probability: 0.0001, because: 'computed' },
    })
  })

  test('gzip gives the suffix', async () => {
    const text = `${least}objects: [{ bucket: logs, prefix: a, ratePerSecond: 1, gzip: true }]\n`
    expect((await loaded(text)).pipeline.objects[0]?.suffix).toBe('.log.gz')
  })

  test('without objects it is not refused: that run is inconclusive', async () => {
    expect((await loaded(least)).pipeline.objects).toEqual([])
  })

  test('beside a mesh', async () => {
    await folder.write('mesh/a.yaml', pipelineHeadline)
    await folder.write('mesh/b.yaml', headline)
    expect((await folder.load()).map(isPipeline)).toEqual([true, false])
  })
})

describe('a bad file names the place, what was expected, what was found and a hint', () => {
  test.each<[string, string, string, string]>([
    [
      'misspelt key',
      'fanOut:',
      'fanout:',
      'mesh/a.yaml:7:3 (/pipeline/fanout): expected a known key, found "fanout"; did you mean "fanOut"?',
    ],
    [
      'key of a mesh',
      'settle: 30s',
      'traffic: []',
      'mesh/a.yaml:25:1 (/traffic): expected a known key, found "traffic"; known: name, about, pipeline',
    ],
    [
      'mesh and pipeline',
      'settle: 30s',
      'mesh: { definition: ../book.yaml }',
      '(/mesh): expected a known key, found "mesh"',
    ],
    [
      'missing config',
      '../config.yml',
      '../confg.yml',
      'mesh/a.yaml:4:11 (/pipeline/config): expected a file at /confg.yml, found none; did you mean config.yml?',
    ],
    [
      'no config',
      '  config: ../config.yml\n',
      '',
      'mesh/a.yaml:4:3 (/pipeline): expected config: text, found no config',
    ],
    ['shards', 'shards: 2', 'shards: 9', 'mesh/a.yaml:5:11 (/pipeline/shards): expected at most 8, found 9'],
    [
      'no unit',
      'settle: 30s',
      'settle: 30',
      '(/settle): expected a duration with a unit, such as "500ms" or "3s", found 30; did you mean "30ms" or "30s"?',
    ],
    ['one retry', '[100ms, 200ms]', '[100ms]', 'mesh/a.yaml:8:15 (/pipeline/asyncRetry): expected '],
    [
      'bucket',
      'bucket: logs\n',
      'bucket: My_Logs\n',
      '(/objects/0/bucket): expected a bucket name of 3 to 52 characters, as S3 takes it, found "My_Logs"',
    ],
    [
      'control characters',
      '"fast/a+b/"',
      '"a\\u0007"',
      '(/objects/0/prefix): expected text of at most 200 characters without control characters',
    ],
    [
      'format',
      'format: s3-lines',
      'format: s3-line',
      '(/objects/0/format): expected one of "s3-lines", "json", "azure-ad-event", "g-suite-login", found "s3-line"; did you mean "s3-lines"?',
    ],
    [
      'ratio',
      'unreadableRatio: 0.1',
      'unreadableRatio: 10',
      '(/objects/0/unreadableRatio): expected at most 1, found 10',
    ],
    [
      'broken gzip of plain files',
      'poisonRatio: 0.1',
      'unreadableRatio: 0.1',
      'mesh/a.yaml:23:71 (/objects/1/unreadableRatio): expected gzip: true, because only a gzip can be broken, found gzip: false',
    ],
    [
      'objects beyond the duration',
      'until: 2500ms',
      'until: 3500ms',
      'mesh/a.yaml:22:12 (/objects/0/until): expected an end within the duration of 3.00 s, found 3.50 s',
    ],
    [
      'objects in no time',
      'from: 500ms',
      'from: 2500ms',
      'mesh/a.yaml:21:11 (/objects/0/from): expected a begin before the end at 2.50 s, found 2.50 s',
    ],
    [
      'step outside the window',
      '{ ramp: { to: 20 } }',
      '{ step: { to: 1, at: 100ms } }',
      '(/objects/0/arrivals/step/at): expected a step between 500 ms and 2.50 s, found 100 ms',
    ],
    [
      'acting fault beyond the duration',
      'from: 1s, stall',
      'until: 4s, stall',
      '(/faults/1/until): expected an end within the duration of 3.00 s, found 4.00 s',
    ],
    [
      'planned fault without a window',
      'target: main, crash',
      'target: main, from: 2s, until: 2s, crash',
      '(/faults/0/from): expected a begin before the end at 2.00 s, found 2.00 s',
    ],
    [
      'name of two faults',
      'name: stalled',
      'name: crashes',
      '(/faults/1/name): expected a name of its own, found "crashes" once more',
    ],
    [
      'no fault kind',
      'crash: { first: 1 }',
      'from: 0s',
      '(/faults/0): expected exactly one fault of crash, stall, found none',
    ],
    [
      "a mesh's fault",
      'crash: { first: 1 }',
      'kill: {}',
      '(/faults/0/kill): expected a fault for pipelines, found kill, which acts on meshes only; known: crash, stall',
    ],
    [
      "a mesh's check",
      'whole: { fault: crashes }',
      'policy: {}',
      'mesh/a.yaml:35:5 (/expect/0/policy): expected a check of pipelines, found policy, which judges meshes only; known: whole, share',
    ],
    [
      'unknown fault of a check',
      'fault: crashes',
      'fault: crash',
      '(/expect/0/whole/fault): expected the name of a fault of this scenario, found "crash"; did you mean "crashes"?',
    ],
    [
      'operations out of order',
      'when: 2s',
      'when: 500ms',
      'mesh/a.yaml:31:13 (/operations/1/when): expected a time not before 1.00 s, found 500 ms',
    ],
    [
      'operation beyond the duration',
      'when: 2s',
      'when: 4s',
      '(/operations/1/when): expected a time within the duration of 3.00 s, or settled, found 4.00 s',
    ],
    [
      'time after settled',
      'when: 1s',
      'when: settled',
      '(/operations/1/when): expected settled, as the one before, found 2.00 s',
    ],
    [
      'limit of nothing',
      'lane: slow, delay: 500ms, batchSize: 2',
      'lane: slow',
      '(/operations/0/limit): expected delay or batchSize, found a map with lane',
    ],
    ['delay', 'delay: 500ms', 'delay: 4m', '(/operations/0/limit/delay): expected a delay of at most 200s, found "4m"'],
    [
      'lane',
      'lane: slow, latencyTarget',
      'lane: slo, latencyTarget',
      '(/operations/1/control/lane): expected one of "fast", "slow", found "slo"; did you mean "slow"?',
    ],
    ['operation of another form', 'limit: {', 'limits: {', '(/operations/0'],
    [
      'sample too small',
      'lines: 20\n',
      'lines: 1\n',
      '(/expect/1/share): expected a sample that can prove share, found ',
    ],
    ['too many lines', 'lines: 20\n', 'lines: 2000000\n', '(/objects): expected at most 5000000 lines, found '],
    [
      'too many objects',
      'ratePerSecond: 5,',
      'ratePerSecond: 20000, arrivals: { ramp: { to: 20000 } }, lines: 0,',
      'expected',
    ],
  ])('%s', async (title, from, to, message) => {
    let text = pipelineHeadline.replace(from, to)
    expect(text).not.toBe(pipelineHeadline)
    if (title === 'sample too small') text = text.replace('ratePerSecond: 5, ', 'ratePerSecond: 0, ')
    if (title === 'too many objects') text = text.replace('duration: 3s', 'duration: 10s')
    expect(await folder.refusal(text)).toContain(message)
  })

  test("a pipeline's kinds in a mesh", async () => {
    const crashed = headline.replace('abort: { status: 503, ratio: 0.05 }', 'crash: {}')
    expect(await folder.refusal(crashed)).toBe(
      'mesh/a.yaml:17:5 (/faults/0/crash): expected a fault for meshes, found crash, which acts on pipelines only; known: abort, kill, push',
    )
    expect(await folder.refusal(headline.replace('policy: {}', 'whole: {}'))).toBe(
      'mesh/a.yaml:19:5 (/expect/0/whole): expected a check of meshes, found whole, which judges pipelines only; known: policy, success, latency, recovery',
    )
  })

  test('a config among the scenarios', async () => {
    expect(await folder.refusal('stack_name: logs\nbackend: {}\n')).toBe(
      "mesh/a.yaml: expected a scenario, found a pipeline's config; keep it outside of the scenarios' folder, or name the scenario files",
    )
  })

  test('problems in the light of the config come with the others, and not without one', async () => {
    const asked: string[] = []
    await using judged = await scenarioFolder(undefined, async ({ name }) => {
      asked.push(name)
      return [{ path: ['objects', 1, 'format'], text: 'expected another format, found json' }]
    })
    const late = pipelineHeadline.replace('until: 2500ms', 'until: 3500ms')
    expect(await judged.refusal(late)).toMatch(
      /^\S+ \(\/objects\/0\/until\): .*\n\S+ \(\/objects\/1\/format\): expected another format/m,
    )
    expect(asked).toEqual(['poison-among-good'])
    expect(await judged.refusal(late.replace('../config.yml', '../none.yml'))).not.toContain('another format')
    expect(asked).toHaveLength(1)
  })

  test('a config that is not right is said once for all scenarios that share it', async () => {
    await using broken = await scenarioFolder(undefined, () => Promise.reject(new InputError('config.yml:1: broken')))
    await broken.write('mesh/a.yaml', pipelineHeadline)
    await broken.write('mesh/b.yaml', pipelineHeadline.replace('name: poison', 'name: b-poison'))
    await expect(broken.load()).rejects.toThrow(/^config\.yml:1: broken$/)
  })
})
