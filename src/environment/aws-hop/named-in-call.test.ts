import { expect, test } from 'vitest'
import { callNames } from './named-in-call.ts'
import { callTarget } from './operation.ts'

/** Every `obj:NAME` in a text. */
const namesOf = (text: string) => [...text.matchAll(/obj:([\w/]+)/g)].map(([, name = '']) => name)
const json = (service: string, operation: string) => ({ service, operation, query: false })
const base64 = (text: string) => Buffer.from(text).toString('base64')

test('S3: bucket and decoded key', () => {
  const target = callTarget('GET', '/logs/a%20b', { authorization: 'Credential=k/d/r/s3/aws4_request' })
  expect(callNames(namesOf).namedIn(target, undefined)).toEqual({ objects: ['logs/a b'], entries: 1 })
})

test('Kinesis: inside the base64 of every record', () => {
  const Records = ['obj:b/1', 'obj:b/2', 'obj:b/1', 'nothing'].map((text) => ({
    Data: base64(text),
    PartitionKey: 'p',
  }))
  const names = callNames(namesOf)
  expect(names.namedIn(json('kinesis', 'PutRecords'), JSON.stringify({ Records }))).toEqual({
    objects: ['b/1', 'b/2'],
    entries: 4,
  })
  expect(names.namedIn(json('kinesis', 'PutRecord'), JSON.stringify(Records[0]))).toEqual({
    objects: ['b/1'],
    entries: 1,
  })
})

test('SNS: the message, not the other fields', () => {
  const body = new URLSearchParams({ Action: 'Publish', TopicArn: 'obj:no', Message: '{"a":"obj:b/1"}' }).toString()
  const target = { service: 'sns', operation: 'Publish', query: true }
  expect(callNames(namesOf).namedIn(target, body)).toEqual({ objects: ['b/1'], entries: 1 })
  const batch = new URLSearchParams({
    'PublishBatchRequestEntries.member.1.Message': 'obj:b/1',
    'PublishBatchRequestEntries.member.2.Message': 'obj:b/2',
  }).toString()
  expect(callNames(namesOf).namedIn(target, batch)).toEqual({ objects: ['b/1', 'b/2'], entries: 2 })
})

test('Lambda: the payload; the sink: its object', () => {
  const names = callNames(namesOf)
  expect(names.namedIn(json('lambda', 'Invoke'), '{"x":["obj:b/1"]}').objects).toEqual(['b/1'])
  expect(names.namedIn(json('sink', 'Deliver'), '{"object":"b/ä 1","lines":[[1,"obj:no"]]}').objects).toEqual(['b/ä 1'])
  expect(names.namedIn(json('sink', 'Deliver'), 'no json').objects).toEqual([])
})

test('DynamoDB: an item that is deleted by its key is about what was put into it', () => {
  const names = callNames(namesOf)
  const request_id = { S: 'r-1' }
  const put = JSON.stringify({ Item: { request_id, argument: { S: '[{"k":"obj:b/1"}]' } } })
  const remove = JSON.stringify({ TableName: 't', Key: { request_id } })
  expect(names.namedIn(json('dynamodb', 'DeleteItem'), remove).objects).toEqual([])
  expect(names.namedIn(json('dynamodb', 'PutItem'), put).objects).toEqual(['b/1'])
  expect(names.namedIn(json('dynamodb', 'DeleteItem'), remove).objects).toEqual(['b/1'])
})

test('no more than 1000 objects', () => {
  const text = Array.from({ length: 1500 }, (_, index) => `obj:b/${index}`).join(' ')
  expect(callNames(namesOf).namedIn(json('lambda', 'Invoke'), text).objects).toHaveLength(1000)
})

test('bodies that are nothing name nothing', () => {
  const names = callNames(namesOf)
  for (const body of ['', '{', 'null', '[]', '{"Records":5}', '{"Records":[null,{"Data":1}]}']) {
    expect(names.namedIn(json('kinesis', 'PutRecords'), body).objects).toEqual([])
    expect(names.namedIn(json('dynamodb', 'PutItem'), body).objects).toEqual([])
  }
})
