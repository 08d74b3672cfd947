import { expect, test } from 'vitest'
import type { OperatorActed } from '../core/history.ts'
import { declaredPipeline, limitOf } from './declared-pipeline.ts'

const lanes = { fast: { batchSize: 1, delayMs: 0 }, slow: { batchSize: 2, delayMs: 500 } }

test('a declared pipeline is read, whatever else stands beside it', () => {
  const declared = { kind: 'pipeline', lanes, concurrency: 5 }
  expect(declaredPipeline({ ...declared, stackName: 'logs' })).toEqual(declared)
})

test.each([undefined, null, { clusters: [] }, { kind: 'pipeline' }, { kind: 'pipeline', lanes: { fast: lanes.fast } }])(
  '%j is none',
  (value) => {
    expect(declaredPipeline(value)).toBeUndefined()
  },
)

test('a limit has its lane as the first word', () => {
  const acted = (action: string, detail: string, values: Record<string, number>): OperatorActed => {
    return { kind: 'operator-acted', src: 'runner', seq: 0, scenario: 's', atMs: 5, action, detail, values }
  }
  expect(limitOf(acted('limit', 'slow', { delayMs: 5 }))).toEqual({ lane: 'slow', atMs: 5, delayMs: 5 })
  expect(limitOf(acted('limit', 'fast by hand', { batchSize: 3 }))).toEqual({ lane: 'fast', atMs: 5, batchSize: 3 })
  expect(limitOf(acted('limit', 'sideways', {}))).toBeUndefined()
  expect(limitOf(acted('drain', 'fast', {}))).toBeUndefined()
})
