// Everything that can be wrong with a pipeline's config comes out as one InputError that says where, what was expected and
// what was found; and what a good one becomes.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { expandArgs, loadPipelineConfig, parsePipelineConfig } from './config.ts'

const fixture = 'fixtures/pipeline/config.yml'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-config-'))
  await writeFile(join(folder, 'handler.ts'), '')
})
afterAll(() => rm(folder, { recursive: true }))

const good = `stack_name: logs
backend:
  sns_topics:
    - { name: Objects, arn: 'arn:aws:sns:us-east-1:000000000000:objects' }
handler:
  path: handler.ts
bucket_mapping:
  my-logs:
    - { prefix: a/, format: [s3-lines, json] }
`

const parse = (text: string) => parsePipelineConfig(text, join(folder, 'config.yml'))

function refusal(text: string): string {
  try {
    parse(text)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).message.replaceAll(`${folder}/`, '')
  }
  throw new Error('this text was accepted')
}

test('a small config gets its defaults', () => {
  expect(parse(good)).toEqual({
    file: join(folder, 'config.yml'),
    stackName: 'logs',
    description: '',
    topics: [{ name: 'Objects', arn: 'arn:aws:sns:us-east-1:000000000000:objects' }],
    given: { streamArns: {}, roleArns: {} },
    lanes: { fast: { batchSize: 1, delayMs: 0 }, slow: { batchSize: 1, delayMs: 0 } },
    handler: { path: join(folder, 'handler.ts'), args: {}, concurrency: 5 },
    routing: [],
    bucketMapping: { 'my-logs': [{ prefix: 'a/', format: ['s3-lines', 'json'] }] },
  })
})

test('everything that may be given is kept', () => {
  const text = good
    .replace(
      'handler:',
      `  kinesis_stream_fast_arn: arn:aws:kinesis:eu-west-1:123456789012:stream/f
  kinesis_stream_slow_arn: arn:aws:kinesis:eu-west-1:123456789012:stream/s
  dynamodb_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/t
  dlq_sns_arn: arn:aws:sns:eu-west-1:123456789012:d
  role_arn:
    event_pusher: arn:aws:iam::123456789012:role/e
    dispatcher: arn:aws:iam::123456789012:role/d
    reporter: arn:aws:iam::123456789012:role/r
    drain: arn:aws:iam::123456789012:role/x
  lane: { slow: { batch_size: 10, delay: 1.5 } }
handler:
  role_arn: arn:aws:iam::123456789012:role/path/m`,
    )
    .concat('base: { sam: { code_bucket: code-bucket, code_prefix: f } }\n')
  const config = parse(text)
  expect(config.given.roleArns).toEqual({
    'event-pusher': 'arn:aws:iam::123456789012:role/e',
    dispatcher: 'arn:aws:iam::123456789012:role/d',
    main: 'arn:aws:iam::123456789012:role/path/m',
    reporter: 'arn:aws:iam::123456789012:role/r',
    drain: 'arn:aws:iam::123456789012:role/x',
  })
  expect(config.lanes.slow).toEqual({ batchSize: 10, delayMs: 1500 })
  expect(config.code).toEqual({ bucket: 'code-bucket', prefix: 'f' })
})

test('the fixture loads, and its arguments are filled in', async () => {
  const config = await loadPipelineConfig(fixture)
  const name = (text: string) => `\${${text}}`
  expect(expandArgs(config.handler.args, { SINK_URL: 'http://127.0.0.1:1' })).toEqual({ url: 'http://127.0.0.1:1' })
  expect(() => expandArgs(config.handler.args, {})).toThrow(`expected a value for ${name('SINK_URL')}, found none`)
  expect(expandArgs({ a: [{ b: name('X').repeat(2) }], c: 1 }, { X: 'x' })).toEqual({ a: [{ b: 'xx' }], c: 1 })
})

describe('what is refused', () => {
  const cases: readonly (readonly [name: string, text: string, message: string])[] = [
    ['empty', '', 'config.yml: expected a pipeline'],
    ['no YAML', 'a: [1', 'config.yml:1:'],
    ['a list', '- 1', 'config.yml:1:1: expected a mapping with stack_name'],
    [
      'a key twice',
      `${good}stack_name: b\n`,
      'config.yml:10:1: expected YAML, found a mistake: Map keys must be unique',
    ],
    [
      'a misspelt key',
      good.replace('handler:', 'handlr:'),
      'config.yml:5:1 (/handlr): expected a known key, found "handlr"; did you mean "handler"?',
    ],
    [
      'a deep misspelt key',
      good.replace('path:', 'pth: x\n  path:'),
      '(/handler/pth): expected a known key, found "pth"; did you mean "path"?',
    ],
    [
      'a misspelt key of a rule',
      good.replace('prefix: a/', 'prefx: a/'),
      'config.yml:9:9 (/bucket_mapping/my-logs/0/prefx)',
    ],
    ['nothing given', good.replace('stack_name: logs\n', ''), 'expected stack_name: a name of letters'],
    [
      'stack name',
      good.replace('stack_name: logs', 'stack_name: my_logs'),
      'config.yml:1:13 (/stack_name): expected a name of letters',
    ],
    [
      'topic ARN',
      good.replace('arn:aws:sns:', 'arn:aws:sqs:'),
      'config.yml:4:29 (/backend/sns_topics/0/arn): expected an ARN like arn:aws:sns',
    ],
    ['account of an ARN', good.replace('000000000000', '0'), 'expected an ARN like arn:aws:sns'],
    [
      'concurrency',
      good.replace('path:', 'concurrency: 0\n  path:'),
      '(/handler/concurrency): expected a whole number from 1 to 1000, found 0',
    ],
    ['bucket name', good.replace('my-logs:', 'My_Logs:'), '(/bucket_mapping/My_Logs): expected a bucket name'],
    [
      'no handler file',
      good.replace('handler.ts', 'gone.ts'),
      'config.yml:6:9 (/handler/path): expected a file, found nothing at',
    ],
    [
      'handler of another kind',
      good.replace('handler.ts', 'handler.py'),
      'expected a TypeScript or JavaScript file, found "handler.py"',
    ],
    [
      'format',
      good.replace('json]', 'jsn]'),
      'config.yml:9:40 (/bucket_mapping/my-logs/0/format/1): expected a known parser, found "jsn"; did you mean "json"?',
    ],
    [
      'no source',
      good.replace('[s3-lines, json]', '[json]'),
      'expected a source first (s3-lines, s3-text, ignore), found "json"; write [s3-lines, json]',
    ],
    ['misspelt source', good.replace('s3-lines', 's3-line'), 'found "s3-line"; did you mean "s3-lines"?'],
    ['something behind ignore', good.replace('s3-lines', 'ignore'), 'expected nothing behind ignore, found "json"'],
    [
      'a prefix twice',
      `${good}    - { prefix: a/, format: [s3-lines] }\n`,
      '(/bucket_mapping/my-logs/1/prefix): expected each prefix once, found "a/" again',
    ],
    ['dest', `${good}routing: [{ dest: quick }]\n`, '(/routing/0/dest): expected fast, slow or drop, found "quick"'],
    [
      'bucket of a route',
      `${good}routing: [{ bucket: my-log, dest: slow }]\n`,
      'expected a bucket of bucket_mapping, found "my-log"; did you mean "my-logs"?',
    ],
    [
      'a rule that never matches',
      `${good}routing: [{ prefix: a, dest: slow }, { bucket: my-logs, prefix: a/b, dest: fast }]\n`,
      'config.yml:10:38 (/routing/1): expected a rule that can match, found that rule 0 (counted from 0) takes all of it',
    ],
    ['sam twice', `${good}sam: { code_bucket: abc }\nbase: { sam: { code_bucket: abc } }\n`, 'expected sam once'],
  ]
  test.each(cases)('%s', (_name, text, message) => {
    expect(refusal(text)).toContain(message)
  })

  const lane = (text: string) => good.replace('handler:', `  lane: { fast: ${text} }\nhandler:`)
  test.each([
    [
      'delay: 300',
      'config.yml:5:26 (/backend/lane/fast/delay): expected a delay of at most 239.9 s, found 300: the Dispatcher ends after 300 s',
    ],
    ['delay: 240', 'expected a delay of at most 239.9 s, found 240'],
    ['delay: -1', 'expected seconds, from 0, found -1'],
    ['batch_size: 5000', 'expected a batch size of at most 2400 with this delay, found 5000'],
    ['batch_size: 0', 'expected a whole number from 1 to 10000, found 0'],
    ['batch_size: 1.5', 'expected a whole number from 1 to 10000, found 1.5'],
  ])('lane with %s', (setting, message) => {
    expect(refusal(lane(`{ ${setting} }`))).toContain(message)
  })

  test('several problems are listed together', () => {
    const message = refusal(
      good.replace('stack_name: logs', 'stack_name: 1').replace('path:', 'concurrency: x\n  path:'),
    )
    expect(message).toMatch(/^config\.yml has 2 problems:\n {2}config\.yml:1:13 .*\n {2}config\.yml:6:16 /)
  })

  test('a file that is not there, and a folder', async () => {
    await expect(loadPipelineConfig(join(folder, 'gone.yml'))).rejects.toThrow(
      "expected a pipeline's config.yml, found no such file",
    )
    await expect(loadPipelineConfig(folder)).rejects.toThrow('found a directory')
  })
})
