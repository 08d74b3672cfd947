// Configs as people have them, deployed for real: what they give by ARN lies in other regions, accounts and partitions, two of
// them share a stack's name, one asks for more than an account has. What can be deployed runs and passes; what cannot is one
// clear error, with nothing left.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { putSmallPipeline, smallConfig, smallObjects, smallPipelineScenario } from './test-pipeline-scenario.ts'
import { expectOneError, leftovers, nothing, playground } from './test-rig.ts'

const both = [smallObjects(), smallObjects({ prefix: 'slow/' })]
/** As long as AWS lets the name of a stream be. */
const longName = 'n'.repeat(128)

test('what a config gives by ARN, from wherever, has a stand-in', async () => {
  using where = playground()
  const role = (path: string) => `arn:aws-us-gov:iam::123456789012:role/${path}`
  const backend = {
    sns_topics: [
      { name: 'Here', arn: 'arn:aws:sns:eu-west-1:123456789012:objects' },
      { name: 'There', arn: 'arn:aws-cn:sns:cn-north-1:123456789012:objects' },
    ],
    kinesis_stream_fast_arn: `arn:aws:kinesis:eu-west-1:123456789012:stream/${longName}`,
    kinesis_stream_slow_arn: `arn:aws:kinesis:eu-west-1:210987654321:stream/${longName}`,
    dynamodb_arn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/errors',
    dlq_sns_arn: 'arn:aws:sns:eu-west-2:123456789012:objects',
    role_arn: { dispatcher: role('service/log/dispatcher'), reporter: role('r'.repeat(64)), drain: role('drain') },
  }
  const handler = { ...smallConfig().handler, role_arn: role('main') }
  const scenario = smallPipelineScenario({
    pipeline: { config: '../pipeline/config.yml', shards: 2 },
    objects: [...both, smallObjects({ prefix: 'fast/bad/', poisonRatio: 0.5 })],
    operations: [{ when: 'settled', drain: {} }],
    expect: [{ 'nothing-lost': {} }, { duplicates: '<= 0' }, { 'error-table': {} }, { routing: {} }],
  })
  const end = await where.shaketable([
    'run',
    putSmallPipeline(where, { scenario, config: smallConfig({ backend, handler }) }),
  ])
  expect(end.stderr).not.toMatch(/^shaketable: /m)
  expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ passed') })
  const history = readFileSync(join(where.folder, 'reports/latest/history.ndjson'), 'utf8')
  for (const shard of ['shardId-000000000000', 'shardId-000000000001']) expect(history).toContain(shard)
  expect(leftovers(where)).toEqual(nothing)
})

test('two configs with one stack name, and two clocks, in one run', async () => {
  using where = playground()
  const scenario = (name: string, asyncRetry: readonly string[]) =>
    smallPipelineScenario({
      name,
      pipeline: { config: '../pipeline/config.yml', asyncRetry },
      objects: both,
      faults: [{ name: 'crash', target: 'main', crash: { when: 'before', first: 1 } }],
    })
  putSmallPipeline(where, { folder: 'scenarios/a', scenario: scenario('one', ['100ms', '200ms']) })
  putSmallPipeline(where, { folder: 'scenarios/b', scenario: scenario('other', ['100ms', '200ms']) })
  putSmallPipeline(where, { folder: 'scenarios/c', scenario: scenario('slower', ['900ms', '1s']) })
  const files = ['a', 'b', 'c'].map((folder) => `scenarios/${folder}/scenarios/a.yaml`)
  const end = await where.shaketable(['run', ...files])
  expect(end.stderr).not.toMatch(/^shaketable: /m)
  expect(end.code).toBe(0)
  const events = readFileSync(join(where.folder, 'reports/latest/history.ndjson'), 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  expect(events.filter(({ kind }) => kind === 'process-started')).toHaveLength(2)
  // Each waits as its own scenario says: the second attempt comes so long after the first one failed.
  for (const [name, leastMs] of [
    ['one', 100],
    ['other', 100],
    ['slower', 900],
  ] as const) {
    const waits = secondAttempts(events.filter(({ scenario }) => scenario === name))
    expect(waits.length, name).toBeGreaterThan(0)
    expect(Math.min(...waits), name).toBeGreaterThanOrEqual(leastMs)
    if (leastMs < 900) expect(Math.min(...waits), name).toBeLessThan(900)
  }
})

/** Milliseconds from the end of each first attempt of Main to the second. */
function secondAttempts(events: readonly Readonly<Record<string, unknown>>[]): readonly number[] {
  const failedMs = new Map<unknown, number>()
  return events.flatMap(({ kind, function: role, invocation, attempt, atMs }) => {
    if (role !== 'main' || typeof atMs !== 'number') return []
    if (kind === 'function-failed' && attempt === 1) failedMs.set(invocation, atMs)
    const first = failedMs.get(invocation)
    return kind === 'function-invoked' && attempt === 2 && first !== undefined ? [atMs - first] : []
  })
}

test('a template that does not deploy: exit 4 with the resource and the reason, and nothing is left', async () => {
  using where = playground()
  const handler = { ...smallConfig().handler, concurrency: 950 }
  const end = await where.shaketable(['run', putSmallPipeline(where, { config: smallConfig({ handler }) })])
  expectOneError(
    end,
    4,
    /stack "small-logs-p1" did not deploy: .*\n {2}AWS::Lambda::Function Main: .*Unreserved.*\n {2}hint: /,
  )
  expect(existsSync(join(where.folder, 'reports'))).toBe(false)
  expect(leftovers(where)).toEqual(nothing)
})
