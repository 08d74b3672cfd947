import { describe, expect, test } from 'vitest'
import { codeIn, errorAnswer, throttleAnswer } from './error-shapes.ts'

test.each([
  ['kinesis', 400, 'ProvisionedThroughputExceededException'],
  ['dynamodb', 400, 'ProvisionedThroughputExceededException'],
  ['sns', 400, 'Throttling'],
  ['cloudformation', 400, 'Throttling'],
  ['s3', 503, 'SlowDown'],
  ['lambda', 429, 'TooManyRequestsException'],
  ['sqs', 400, 'RequestThrottled'],
  ['logs', 400, 'ThrottlingException'],
  ['sink', 429, 'TooManyRequests'],
])('the throttling error of %s is %i %s', (service, status, code) => {
  const answer = throttleAnswer(service)
  expect(answer).toMatchObject({ status, code })
  expect(answer.headers['content-length']).toBe(String(answer.body.length))
})

describe.each(['kinesis', 'dynamodb', 'sns', 's3', 'lambda', 'sqs'])('errors of %s', (service) => {
  test.each([400, 403, 404, 429, 500, 503, 504])('with status %i bear a code that can be read back', (status) => {
    const answer = errorAnswer(service, status)
    expect(answer.status).toBe(status)
    expect(codeIn(answer.headers, answer.body.toString())).toBe(answer.code)
  })
})

test('in the form of each protocol', () => {
  expect(JSON.parse(errorAnswer('kinesis', 500).body.toString())).toMatchObject({ __type: 'InternalFailure' })
  expect(errorAnswer('dynamodb', 500).headers['content-type']).toBe('application/x-amz-json-1.0')
  expect(errorAnswer('sns', 500).body.toString()).toContain('<ErrorResponse')
  expect(errorAnswer('sns', 500).body.toString()).toContain('<Type>Receiver</Type><Code>InternalFailure</Code>')
  expect(errorAnswer('s3', 503).body.toString()).toMatch(/^<\?xml .*\n<Error><Code>ServiceUnavailable<\/Code>/)
  expect(JSON.parse(throttleAnswer('lambda').body.toString())).toMatchObject({ Type: 'User' })
})

test.each([
  [{ 'x-amzn-errortype': 'ResourceNotFoundException:http://internal.amazon.com/' }, '', 'ResourceNotFoundException'],
  [{}, '{"__type":"com.amazonaws.dynamodb.v20120810#ValidationException"}', 'ValidationException'],
  [{}, '<Error><Code>NoSuchKey</Code></Error>', 'NoSuchKey'],
  [{}, 'Bad Gateway', undefined],
])('the code in %o %s is %s', (headers, body, code) => {
  expect(codeIn(headers, body)).toBe(code)
})
