import { describe, expect, test } from 'vitest'
import { drain, laneLimit, limitLane } from './operations.ts'
import { invoked, type StubAnswers, stubAws } from './test-aws.ts'

describe('drain', () => {
  const done = { drained: 2, records: 3, failed: 0, unfinished: false }

  test('all, and the chosen ones', async () => {
    const { aws, calls } = stubAws({ Invoke: () => invoked(done) })
    expect(await drain(aws.lambda, 'logs')).toEqual(done)
    await drain(aws.lambda, 'logs', ['a', 'b'])
    expect(calls.map(({ input }) => [input.FunctionName, String(input.Payload)])).toEqual([
      ['logs-drain', '{}'],
      ['logs-drain', '{"request_ids":["a","b"]}'],
    ])
  })

  test('what it does not tell is nothing', async () => {
    const { aws } = stubAws({ Invoke: () => invoked({ drained: 1 }) })
    expect(await drain(aws.lambda, 'logs')).toEqual({ drained: 1, records: 0, failed: 0, unfinished: false })
  })

  test('one that fails says why', async () => {
    const { aws } = stubAws({ Invoke: () => invoked({ errorMessage: 'no table' }, 'Unhandled') })
    await expect(drain(aws.lambda, 'logs')).rejects.toThrow(/^drain failed: \{"errorMessage":"no table"\}$/)
  })
})

const dispatcher: StubAnswers = {
  GetFunctionConfiguration: () => ({ Environment: { Variables: { DELAY: '0.25', MAIN_FUNCTION: 'logs-main' } } }),
  ListEventSourceMappings: () => ({ EventSourceMappings: [{ UUID: 'mapping', BatchSize: 4 }] }),
  UpdateFunctionConfiguration: () => ({}),
  UpdateEventSourceMapping: () => ({}),
}

describe('the limit of a lane', () => {
  test('is read from its Dispatcher', async () => {
    const { aws, calls } = stubAws(dispatcher)
    expect(await laneLimit(aws.lambda, 'logs', 'slow')).toEqual({ delayMs: 250, batchSize: 4 })
    expect(calls.map(({ input }) => input.FunctionName)).toEqual(['logs-dispatcher-slow', 'logs-dispatcher-slow'])
  })

  test('without a mapping there is none', async () => {
    const { aws } = stubAws({ ...dispatcher, ListEventSourceMappings: () => ({ EventSourceMappings: [] }) })
    const reading = laneLimit(aws.lambda, 'logs', 'fast')
    await expect(reading).rejects.toThrow(
      'function "logs-dispatcher-fast": expected a mapping from a stream, found none',
    )
  })

  test.each([
    ['a delay, and its other variables stay', { delayMs: 1500 }, ['UpdateFunctionConfiguration']],
    ['a batch size', { batchSize: 9 }, ['UpdateEventSourceMapping']],
    ['both', { delayMs: 1500, batchSize: 9 }, ['UpdateFunctionConfiguration', 'UpdateEventSourceMapping']],
    ['nothing', {}, []],
  ])('is set to %s', async (_what, limit, changes) => {
    const { aws, calls } = stubAws(dispatcher)
    await limitLane(aws.lambda, 'logs', 'slow', limit)
    const made = calls.filter(({ name }) => name.startsWith('Update'))
    expect(made.map(({ name }) => name)).toEqual(changes)
    for (const { name, input } of made) {
      if (name === 'UpdateEventSourceMapping') expect(input).toEqual({ UUID: 'mapping', BatchSize: 9 })
      else expect(input.Environment).toEqual({ Variables: { DELAY: '1.5', MAIN_FUNCTION: 'logs-main' } })
    }
  })
})
