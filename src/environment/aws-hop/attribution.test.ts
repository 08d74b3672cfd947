import { expect, test } from 'vitest'
import { attributionOf, roleOf } from './attribution.ts'

const trace = 'Root=1-6543abcd-0123456789abcdef01234567;Parent=89ABcdef01234567;Sampled=1'

test('SDK v3 and boto3 both name the app in the user agent', () => {
  expect(
    attributionOf({
      'x-amz-user-agent': 'aws-sdk-js/3.1 ua/2.1 os/linux#6 lang/js md/nodejs#24 api/s3#3.1 app/logs-main m/E,N',
      'x-amzn-trace-id': trace,
    }),
  ).toEqual({ functionName: 'logs-main', invocation16: '89abcdef01234567' })
  expect(
    attributionOf({ 'user-agent': 'Boto3/1.40 md/Botocore#1.40 ua/2.1 os/linux lang/python#3.11 app/logs-reporter' }),
  ).toEqual({ functionName: 'logs-reporter' })
})

test('others make calls as well', () => {
  expect(attributionOf({ 'user-agent': 'curl/8', 'x-amzn-trace-id': 'Root=1-x' })).toEqual({ functionName: '' })
})

test.each([
  ['logs-event-pusher', 'event-pusher'],
  ['my-main-dispatcher-fast', 'dispatcher-fast'],
  ['main', 'main'],
  ['logs-other', 'logs-other'],
  ['', ''],
])('%s has the role %s', (name, role) => {
  expect(roleOf(name)).toBe(role)
})
