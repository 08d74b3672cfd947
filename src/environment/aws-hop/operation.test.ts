import { describe, expect, test } from 'vitest'
import { actionIn, callTarget } from './operation.ts'

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
})

test.each([
  ['Kinesis_20131202.PutRecords', 'kinesis', 'PutRecords'],
  ['DynamoDB_20120810.PutItem', 'dynamodb', 'PutItem'],
  ['AmazonSQS.SendMessageBatch', 'sqs', 'SendMessageBatch'],
  ['GraniteServiceVersion20100801.PutMetricData', 'monitoring', 'PutMetricData'],
])('JSON: %s', (target, scope, operation) => {
  const service = scope === 'monitoring' ? 'cloudwatch' : scope
  expect(callTarget('POST', '/', { ...signed(scope), 'x-amz-target': target })).toEqual({
    service,
    operation,
    query: false,
  })
})

describe('query', () => {
  test('the Action stands in the body', () => {
    expect(callTarget('POST', '/', signed('sns'))).toEqual({ service: 'sns', operation: '', query: true })
    expect(actionIn('Action=Publish&Version=2010-03-31&Message=a%3Db')).toBe('Publish')
    expect(actionIn('\u0000')).toBe('')
  })

  test('or in the query', () => {
    expect(callTarget('GET', '/?Action=ListTopics', signed('sns')).operation).toBe('ListTopics')
  })
})

test.each([
  ['POST', '/2015-03-31/functions/logs-main/invocations', 'Invoke'],
  [
    'POST',
    '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A0%3Afunction%3Amain/invocations?Qualifier=1',
    'Invoke',
  ],
  ['PUT', '/2017-10-31/functions/logs-main/concurrency', 'PutFunctionConcurrency'],
  ['GET', '/2015-03-31/event-source-mappings/', 'ListEventSourceMappings'],
  ['PUT', '/2015-03-31/event-source-mappings/1-2', 'UpdateEventSourceMapping'],
  ['PATCH', '/2015-03-31/functions/x', ''],
])('lambda: %s %s', (method, path, operation) => {
  expect(callTarget(method, path, signed('lambda'))).toEqual({ service: 'lambda', operation, query: false })
})

test('S3, with what it is about', () => {
  expect(callTarget('GET', '/logs/a%20b%2B/c.gz?x-id=GetObject', signed('s3'))).toEqual({
    service: 's3',
    operation: 'GetObject',
    query: false,
    s3: { operation: 'GetObject', bucket: 'logs', key: 'a b+/c.gz' },
  })
})

test('a signature in the query counts as well', () => {
  const path = '/logs/key?X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request'
  expect(callTarget('GET', path, {})).toMatchObject({ service: 's3', operation: 'GetObject' })
})

test("the handler's downstream", () => {
  expect(callTarget('POST', '/_sink/deliver', {})).toEqual({ service: 'sink', operation: 'Deliver', query: false })
})

test('what is not signed is of no service', () => {
  expect(callTarget('GET', '/_localstack/health', {})).toMatchObject({ service: '', operation: '', query: false })
  expect(callTarget('GET', '/x', { authorization: 'Basic abc' })).toMatchObject({ service: '' })
  for (const path of ['*', '//', 'http://[', '/%', '?']) expect(callTarget('OPTIONS', path, {}).service).toBe('')
})
