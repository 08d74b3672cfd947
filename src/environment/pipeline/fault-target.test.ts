import { describe, expect, test } from 'vitest'
import { faultTarget, hitsCall, hitsInvocation, targetProblem } from './fault-target.ts'

const putRecords = { function: 'event-pusher', service: 'kinesis', operation: 'PutRecords' }
const deliver = { function: 'main', service: 'sink', operation: 'Deliver' }
const invoke = { function: 'dispatcher-slow', service: 'lambda', operation: 'Invoke' }

test.each([
  ['*', [putRecords, deliver, invoke], ['main', 'dispatcher-slow']],
  ['kinesis.PutRecords', [putRecords], []],
  ['kinesis.*', [putRecords], []],
  ['event-pusher/kinesis.PutRecords', [putRecords], []],
  ['drain/kinesis.PutRecords', [], []],
  ['event-pusher/*', [putRecords], []],
  ['dispatcher/lambda.Invoke', [invoke], []],
  ['dispatcher-fast/lambda.Invoke', [], []],
  ['sink', [deliver], []],
  ['main/sink', [deliver], []],
  ['main/sink.Deliver', [deliver], []],
  ['main', [], ['main']],
  ['dispatcher', [], ['dispatcher-slow']],
  ['dispatcher-fast', [], []],
  ['emulator', [], []],
])('%s', (text, calls, invocations) => {
  const target = faultTarget(text)
  expect([putRecords, deliver, invoke].filter((call) => hitsCall(target, call))).toEqual(calls)
  expect(['main', 'dispatcher-slow'].filter((role) => hitsInvocation(target, role))).toEqual(invocations)
})

describe('what is refused', () => {
  const calls = { name: 'reset', planCall: () => undefined }
  const both = { ...calls, name: 'throttle', planInvocation: () => undefined }
  const invocations = { name: 'late', planInvocation: () => undefined }
  const emulator = { name: 'freeze', injectPipeline: async () => undefined }
  const aCall = 'a call (kinesis.PutRecords, main/s3.GetObject, sink)'

  test.each([
    ['kinesis.PutRecods', calls, `expected ${aCall}, found "kinesis.PutRecods"; did you mean "kinesis.PutRecords"?`],
    ['kinesiss.PutRecords', calls, `expected ${aCall}, found "kinesiss.PutRecords"; did you mean "kinesis"?`],
    ['mein/s3.GetObject', calls, `expected ${aCall}, found "mein/s3.GetObject"; did you mean "main"?`],
    ['main/s3', calls, `expected ${aCall}, found "main/s3"; write main/s3.* for all of its calls`],
    ['main', calls, `expected ${aCall} for reset, found "main"; main/* stands for all calls of main`],
    ['emulator', calls, `expected ${aCall} for reset, found "emulator"`],
    ['sink.Delivr', calls, `expected ${aCall}, found "sink.Delivr"; did you mean "sink.Deliver"?`],
    ['repoter', both, `expected ${aCall} or a function (main), found "repoter"; did you mean "reporter"?`],
    ['s3.GetObject', invocations, 'expected a function (main) for late, found "s3.GetObject"'],
    ['main', emulator, 'expected emulator for freeze, found "main"'],
    ['*', emulator, 'expected emulator for freeze, found "*"'],
    ['main', { name: 'kill' }, 'expected a fault for pipelines, found kill, which acts on meshes only'],
    ['s3.PutRecords', calls, /no such operation of s3$/],
  ])('%s', (text, kind, problem) => {
    if (typeof problem === 'string') expect(targetProblem(text, kind)).toBe(problem)
    else expect(targetProblem(text, kind)).toMatch(problem)
  })

  test("Envoy's dice", () => {
    expect(targetProblem('s3.*', calls, { dice: true })).toMatch(/^expected no dice in a pipeline/)
    expect(targetProblem('s3.*', calls, { dice: false })).toBeUndefined()
  })

  test('a partial failure of anything but PutRecords', () => {
    const partial = { ...calls, name: 'partial-failure' }
    expect(targetProblem('drain/kinesis.PutRecords', partial)).toBeUndefined()
    expect(targetProblem('event-pusher/*', partial)).toBeUndefined()
    expect(targetProblem('s3.GetObject', partial)).toBe(
      'expected kinesis.PutRecords for partial-failure, found "s3.GetObject"',
    )
  })
})

test('what is taken', () => {
  const able = { name: 'x', planCall: () => undefined, planInvocation: () => undefined }
  for (const text of ['*', 'main', 'dispatcher', 'sink', 'main/*', 'dynamodb.*', 'reporter/dynamodb.PutItem']) {
    expect(targetProblem(text, able)).toBeUndefined()
  }
  expect(targetProblem('emulator', { name: 'freeze', injectPipeline: async () => undefined })).toBeUndefined()
})
