import { beforeAll, describe, expect, test } from 'vitest'
import { loadPipelineConfig, type PipelineConfig } from './config.ts'
import { functionRoles, resourceNames, roleOf } from './function-roles.ts'
import { type CloudFormationTemplate, type CompileOptions, compileTemplate, servicesOf } from './template.ts'

const keys = Object.fromEntries(functionRoles.map((role) => [role, `${role}.zip`])) as CompileOptions['code']['keys']
const options: CompileOptions = { stackName: 'logs', code: { bucket: 'code', keys }, handlerArgs: { url: 'u' } }

let config: PipelineConfig
let template: CloudFormationTemplate
beforeAll(async () => {
  config = await loadPipelineConfig('fixtures/pipeline/config.yml')
  template = compileTemplate(config, options)
})

const properties = (id: string) => template.Resources[id]?.Properties ?? {}
const ofType = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type)

test('every function is there, with its size and name', () => {
  const functions = ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties)
  expect(functions.map(({ FunctionName }) => FunctionName)).toEqual(functionRoles.map((role) => `logs-${role}`))
  expect(functions.map(({ FunctionName }) => roleOf('logs', String(FunctionName)))).toEqual(functionRoles)
  expect(functions.map(({ MemorySize }) => MemorySize)).toEqual([128, 128, 128, 1024, 128, 128])
  expect(new Set(functions.map(({ Timeout }) => Timeout))).toEqual(new Set([300]))
  expect(properties('Main')).toMatchObject({ ReservedConcurrentExecutions: 5 })
})

test('what fails for good goes to the DLQ: of Main and of EventPusher', () => {
  for (const id of ['Main', 'EventPusher'])
    expect(properties(id).DeadLetterConfig).toEqual({ TargetArn: { Ref: 'DeadLetterTopic' } })
  expect(properties('ReporterSubscription')).toMatchObject({ TopicArn: { Ref: 'DeadLetterTopic' }, Protocol: 'lambda' })
})

test('each given topic calls EventPusher, and may', () => {
  const arn = 'arn:aws:sns:us-east-1:000000000000:shaketable-objects'
  expect(properties('TopicObjectsSubscription')).toMatchObject({ TopicArn: arn })
  expect(properties('TopicObjectsPermission')).toMatchObject({ SourceArn: arn, Principal: 'sns.amazonaws.com' })
})

test('the lanes: streams, mappings, delay', () => {
  expect(properties('StreamFast')).toMatchObject({ Name: 'logs-fast', ShardCount: 1, RetentionPeriodHours: 24 })
  expect(compileTemplate(config, { ...options, shards: 3 }).Resources.StreamSlow?.Properties.ShardCount).toBe(3)
  expect(properties('DispatcherSlowMapping')).toMatchObject({ StartingPosition: 'TRIM_HORIZON', BatchSize: 1 })
  expect(properties('DispatcherSlow').Environment).toMatchObject({ Variables: { DELAY: '0.2' } })
  expect(properties('DispatcherFast').Environment).toMatchObject({ Variables: { DELAY: '0' } })
})

test('what is given is used and not created', () => {
  const given = {
    streamArns: { fast: 'arn:aws:kinesis:us-east-1:000000000000:stream/mine' },
    tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/parked',
    dlqTopicArn: 'arn:aws:sns:us-east-1:000000000000:dead',
    roleArns: { dispatcher: 'arn:aws:iam::000000000000:role/d' },
  }
  const made = compileTemplate({ ...config, given }, options)
  for (const id of ['StreamFast', 'ErrorTaskTable', 'DeadLetterTopic', 'DispatcherFastRole', 'DispatcherSlowRole'])
    expect(Object.keys(made.Resources)).not.toContain(id)
  expect(made.Resources.DispatcherFastMapping?.Properties.EventSourceArn).toBe(given.streamArns.fast)
  expect(made.Resources.Main?.Properties.DeadLetterConfig).toEqual({ TargetArn: given.dlqTopicArn })
  expect(made.Resources.DispatcherFast?.Properties.Role).toBe(given.roleArns.dispatcher)
  expect(resourceNames({ given }, 'logs')).toEqual({
    streams: { fast: 'mine', slow: 'logs-slow' },
    table: 'parked',
    dlqTopic: 'dead',
  })
})

describe('the template as a whole', () => {
  test('is plain JSON, and every reference leads somewhere', () => {
    expect(JSON.parse(JSON.stringify(template))).toEqual(template)
    const ids = new Set(Object.keys(template.Resources))
    const text = JSON.stringify(template)
    const used = [...text.matchAll(/"Ref":"([^"]+)"|"Fn::GetAtt":\["([^"]+)"|"DependsOn":\["([^"]+)"/g)]
    expect(used.length).toBeGreaterThan(20)
    for (const [, reference, attribute, dependency] of used) expect(ids).toContain(reference ?? attribute ?? dependency)
  })

  test('grants nothing on everything', () => {
    for (const [id, { Properties }] of ofType('AWS::IAM::Role')) {
      const text = JSON.stringify(Properties.Policies)
      expect(`${id} ${text}`).not.toMatch(/"(Resource|Action)":(\[?)"\*"/)
      expect(`${id} ${text}`).not.toMatch(/"[a-z0-9]+:\*"/)
    }
  })

  test('says which services it needs', () => {
    const without = compileTemplate(config, { ...options, monitoring: false })
    const least = ['cloudformation', 'dynamodb', 'iam', 'kinesis', 'lambda', 's3', 'sns', 'sts']
    expect(servicesOf(without)).toEqual(least)
    expect(servicesOf(template)).toEqual([...least, 'cloudwatch'].sort())
  })
})

test('an environment beyond the limit of AWS is refused', () => {
  const routing = Array.from({ length: 100 }, (_, index) => ({
    prefix: `some/long/prefix/${index}/`,
    dest: 'slow' as const,
  }))
  expect(() => compileTemplate({ ...config, routing }, options)).toThrow(
    /expected an environment of at most 4096 bytes for the function event-pusher .* make routing shorter/,
  )
})

test('arguments that nobody filled in are refused', () => {
  const { handlerArgs: _args, ...rest } = options
  expect(() => compileTemplate(config, rest)).toThrow('set SINK_URL')
})
