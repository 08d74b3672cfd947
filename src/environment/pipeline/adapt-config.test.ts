import { expect, test } from 'vitest'
import type { PipelineConfig } from '../../pipeline/config.ts'
import { resourceNames } from '../../pipeline/function-roles.ts'
import { adaptConfig } from './adapt-config.ts'

const plain: PipelineConfig = {
  file: 'config.yml',
  stackName: 'logs',
  description: '',
  topics: [{ name: 'Objects', arn: 'arn:aws:sns:eu-west-1:123456789012:objects' }],
  given: { streamArns: {}, roleArns: {} },
  lanes: { fast: { batchSize: 1, delayMs: 0 }, slow: { batchSize: 2, delayMs: 500 } },
  handler: { path: '/handler.ts', args: { a: 1 }, concurrency: 5 },
  routing: [
    { bucket: 'raw', prefix: 'a/', dest: 'slow' },
    { prefix: '', dest: 'fast' },
  ],
  bucketMapping: { raw: [{ prefix: '', format: ['s3-lines'] }] },
}

test('names get the key, ARNs the emulator, and every change is told', () => {
  const { config, changes, bucketOf } = adaptConfig(plain, 'p3', ['raw', 'other'])
  expect(config).toEqual({
    ...plain,
    stackName: 'logs-p3',
    topics: [{ name: 'Objects', arn: 'arn:aws:sns:us-east-1:000000000000:objects-p3-Objects' }],
    routing: [
      { bucket: 'raw-p3', prefix: 'a/', dest: 'slow' },
      { prefix: '', dest: 'fast' },
    ],
    bucketMapping: { 'raw-p3': [{ prefix: '', format: ['s3-lines'] }] },
  })
  expect(changes).toEqual([
    'bucket raw becomes raw-p3',
    'bucket other becomes other-p3',
    'stack logs becomes logs-p3',
    'topic arn:aws:sns:eu-west-1:123456789012:objects becomes arn:aws:sns:us-east-1:000000000000:objects-p3-Objects',
  ])
  expect(bucketOf('raw')).toBe('raw-p3')
})

test('what is given by ARN keeps its kind, whatever its partition, and gets a name that nothing else has', () => {
  const { config } = adaptConfig(
    {
      ...plain,
      topics: [
        { name: 'Here', arn: 'arn:aws:sns:eu-west-1:123456789012:objects' },
        { name: 'There', arn: 'arn:aws-cn:sns:cn-north-1:123456789012:objects' },
      ],
      given: {
        streamArns: {
          fast: 'arn:aws:kinesis:eu-west-1:123456789012:stream/logs',
          slow: 'arn:aws:kinesis:eu-west-2:123456789012:stream/logs',
        },
        tableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/errors',
        dlqTopicArn: 'arn:aws:sns:eu-west-2:123456789012:objects',
        roleArns: { main: 'arn:aws-us-gov:iam::123456789012:role/service/main' },
      },
    },
    'p1',
    [],
  )
  expect(config.topics.map(({ arn }) => arn)).toEqual([
    'arn:aws:sns:us-east-1:000000000000:objects-p1-Here',
    'arn:aws:sns:us-east-1:000000000000:objects-p1-There',
  ])
  expect(config.given).toEqual({
    streamArns: {
      fast: 'arn:aws:kinesis:us-east-1:000000000000:stream/logs-p1-fast',
      slow: 'arn:aws:kinesis:us-east-1:000000000000:stream/logs-p1-slow',
    },
    tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/errors-p1',
    dlqTopicArn: 'arn:aws:sns:us-east-1:000000000000:objects-p1',
    roleArns: { main: 'arn:aws:iam::000000000000:role/service/main-p1' },
  })
  expect(resourceNames(config, config.stackName)).toEqual({
    streams: { fast: 'logs-p1-fast', slow: 'logs-p1-slow' },
    table: 'errors-p1',
    dlqTopic: 'objects-p1',
  })
})

test('a name of full length stays within the limit of AWS', () => {
  const fast = `arn:aws:kinesis:eu-west-1:123456789012:stream/${'n'.repeat(128)}`
  const { config } = adaptConfig({ ...plain, given: { streamArns: { fast }, roleArns: {} } }, 'p12', [])
  const { streams } = resourceNames(config, config.stackName)
  expect(streams.fast).toHaveLength(128)
  expect(streams.fast).toMatch(/^n+-p12-fast$/)
})
