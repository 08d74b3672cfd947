import { expect, test } from 'vitest'
import { pipelineExperiments } from '../core/pipeline-experiments.ts'
import { everySingleFault } from './every-single-fault.ts'

const rolls = { each: () => 0, object: () => 0 }
const objectOf = (name: string) => `b/part-${pipelineExperiments.findIndex((it) => it.name === name)}.log`

/** What happens to these calls of a function, one after the other. */
function atCalls(role: string, call: string, objects: readonly string[], times: number) {
  const [service = '', operation = ''] = call.split('.')
  return Array.from({ length: times }, (_, index) =>
    everySingleFault.planCall?.(
      {},
      { function: role, service, operation, objects, occurrence: index + 1, entries: 1 },
      rolls,
    ),
  )
}

test('the first call is hit, its retries are not, and no other call or function is', () => {
  const experiment = 'main:s3.GetObject:lost-response'
  const objects = [objectOf(experiment)]
  expect(atCalls('main', 's3.GetObject', objects, 3)).toEqual([{ reset: 'after', experiment }, undefined, undefined])
  expect(atCalls('main', 'sink.Deliver', objects, 1)).toEqual([undefined])
  expect(atCalls('drain', 's3.GetObject', objects, 1)).toEqual([undefined])
  expect(everySingleFault.planInvocation?.({}, { function: 'main', objects, occurrence: 1 }, rolls)).toBeUndefined()
})

test('an invocation is hit once', () => {
  const objects = [objectOf('dispatcher:crash-after')]
  const at = (occurrence: number) =>
    everySingleFault.planInvocation?.({}, { function: 'dispatcher-slow', objects, occurrence }, rolls)
  expect([1, 2].map(at)).toEqual([{ crash: 'after', experiment: 'dispatcher:crash-after' }, undefined])
  expect(atCalls('dispatcher-slow', 'lambda.Invoke', objects, 1)).toEqual([undefined])
})

test('for the Reporter and the Drain, Main fails in all of its attempts first, and never again', () => {
  const experiment = 'reporter:dynamodb.PutItem:throttled'
  const objects = [objectOf(experiment)]
  const parking = { status: 403, experiment: `${experiment}:parking` }
  expect(atCalls('main', 's3.GetObject', objects, 4)).toEqual([parking, parking, parking, undefined])
  expect(atCalls('reporter', 'dynamodb.PutItem', objects, 2)).toEqual([{ throttle: true, experiment }, undefined])
})

test('a call that names many objects meets the experiment of each, one a retry', () => {
  const names = ['drain:kinesis.PutRecords:throttled', 'drain:kinesis.PutRecords:partial-failure']
  const objects = [...names, 'main:late', ...names].map(objectOf)
  expect(atCalls('drain', 'kinesis.PutRecords', objects, 3)).toEqual([
    { throttle: true, experiment: names[0] },
    { refuseEntries: [0], experiment: names[1] },
    undefined,
  ])
})

test('what names no object is left alone', () => {
  expect(atCalls('drain', 'dynamodb.Scan', [], 1)).toEqual([undefined])
  expect(everySingleFault.planInvocation?.({}, { function: 'main', objects: [], occurrence: 1 }, rolls)).toBeUndefined()
})
