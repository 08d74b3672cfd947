import { expect, test } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import type { NewEvent } from '../../core/history.ts'
import type { OperationRecord } from '../../core/scenario-record.ts'
import type { PipelineConfig } from '../../pipeline/config.ts'
import { operator } from './operator.ts'
import { invoked, type StubAnswers, serviceException, stubAws } from './test-aws.ts'

const config = {
  stackName: 'logs',
  lanes: { fast: { batchSize: 1, delayMs: 0 }, slow: { batchSize: 1, delayMs: 100 } },
} as unknown as PipelineConfig
const ids = ['a', 'b', 'c', 'd', 'e']
/** Two pages. */
const table: StubAnswers = {
  Scan: ({ ExclusiveStartKey }) =>
    ExclusiveStartKey === undefined
      ? {
          Items: ids.slice(0, 2).map((id) => ({ request_id: { S: id } })),
          LastEvaluatedKey: { request_id: { S: 'b' } },
        }
      : { Items: ids.slice(2).map((id) => ({ request_id: { S: id } })) },
  Invoke: () => invoked({ drained: 1 }),
  GetFunctionConfiguration: () => ({ Environment: { Variables: {} } }),
  UpdateFunctionConfiguration: () => ({}),
}

function rig(answers: StubAnswers = {}, options: { readonly latencyMs?: () => number | undefined } = {}) {
  const { aws, calls } = stubAws({ ...table, ...answers })
  const events: NewEvent[] = []
  const ending = new AbortController()
  const operate = operator({
    ...{ aws, config, table: 'errors', seed: 'seed', signal: ending.signal },
    latencyMs: options.latencyMs ?? (() => undefined),
    watch: { scenario: 'steady', emit: (event) => events.push(event), now: () => 5 },
  })
  const acted = () =>
    events.map((event) => (event.kind === 'operator-acted' ? [event.action, event.detail, event.values] : []))
  const drained = () =>
    calls.filter(({ name }) => name === 'Invoke').map(({ input }) => JSON.parse(String(input.Payload)).request_ids)
  return { operate, events, ending, acted, drained, calls }
}

const drain = (chosenRatio = 1, oneByOne?: boolean): OperationRecord => {
  return { when: 'settled', kind: 'drain', chosenRatio, ...(oneByOne === undefined ? {} : { oneByOne }) }
}
const { signal } = new AbortController()

test('a drain of all', async () => {
  const { operate, events, drained } = rig()
  await operate(drain(), signal)
  expect(drained()).toEqual([undefined])
  const base = { kind: 'operator-acted', src: 'runner', atMs: 5, scenario: 'steady' }
  expect(events).toEqual([{ ...base, action: 'drain', detail: 'all', values: {} }])
})

test('a drain of chosen ones: some of all pages, the same for the same seed', async () => {
  const [one, again] = [rig(), rig()]
  await one.operate(drain(0.5), signal)
  await again.operate(drain(0.5), signal)
  const [chosen] = one.drained()
  expect(again.drained()).toEqual([chosen])
  expect(ids).toEqual(expect.arrayContaining(chosen))
  expect(one.acted()).toEqual([['drain', `${chosen.length} chosen`, { items: chosen.length }]])
})

test('a drain item by item', async () => {
  const { operate, acted, drained } = rig()
  await operate(drain(1, true), signal)
  expect(drained()).toEqual(ids.map((id) => [id]))
  expect(acted()).toEqual([['drain', '5 chosen, one by one', { items: 5 }]])
})

test.each([
  ['the function failed', () => invoked({ errorMessage: 'no' }, 'Unhandled'), 'drain failed: {"errorMessage":"no"}'],
  [
    'it was throttled',
    () => {
      throw serviceException('TooManyRequestsException', 'Rate Exceeded.')
    },
    'TooManyRequestsException: Rate Exceeded.',
  ],
])('that a drain fails is told, and is no failure of the run: %s', async (_why, Invoke, said) => {
  const { operate, acted } = rig({ Invoke })
  await operate(drain(), signal)
  expect(acted()).toEqual([
    ['drain', 'all', {}],
    ['drain-failed', said, {}],
  ])
})

test('a connection that fails, and the end of the emulator, are', async () => {
  const broken = () => {
    throw new TypeError('a mistake of ours')
  }
  await expect(rig({ Invoke: broken }).operate(drain(), signal)).rejects.toThrow('a mistake of ours')
  const lost = rig({
    Invoke: () => {
      lost.ending.abort()
      throw new EnvironmentError('localstack was ended by SIGKILL')
    },
  })
  await expect(lost.operate(drain(), signal)).rejects.toThrow('localstack was ended by SIGKILL')
  expect(lost.acted()).toEqual([['drain', 'all', {}]])
})

test('a limit is set and told', async () => {
  const { operate, acted, calls } = rig()
  await operate({ when: 0, kind: 'limit', lane: 'fast', delayMs: 200 }, signal)
  expect(acted()).toEqual([['limit', 'fast', { delayMs: 200 }]])
  expect(calls.at(-1)?.input).toMatchObject({ FunctionName: 'logs-dispatcher-fast' })
})

test('a controller goes on until it is ended, and sets only what changes', async () => {
  const latencies = [500, 500, undefined, 70, 10]
  const stopping = new AbortController()
  const { operate, acted } = rig(
    {},
    {
      latencyMs: () => {
        if (latencies.length === 1) stopping.abort()
        return latencies.shift()
      },
    },
  )
  await operate({ when: 0, kind: 'control', lane: 'slow', latencyTargetMs: 100, everyMs: 1 }, stopping.signal)
  // Twice half as much again, twice nothing, then a tenth less.
  expect(acted()).toEqual([
    ['limit', 'slow', { delayMs: 150 }],
    ['limit', 'slow', { delayMs: 225 }],
    ['limit', 'slow', { delayMs: 203 }],
  ])
})
