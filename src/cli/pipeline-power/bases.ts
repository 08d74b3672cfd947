// The bases of the power test: what is put, which faults hit, what a person does, and what is expected. Under each of them the
// reference pipeline passes; a mistake on top of it must not. Small on purpose: an emulator carries some thirty objects a
// second, so no base puts more than a dozen.

import type { FaultRecord, OperationRecord } from '../../core/scenario-record.ts'
import type { SourceEdit } from '../../environment/pipeline/bundle.ts'
import type { PipelineConfig } from '../../pipeline/config.ts'
import { callLimit } from './call-limit.ts'
import type { PowerBase } from './power-scenario.ts'

const fault = (name: string, target: string, kind: string, config: object): FaultRecord => {
  // An emulator that is late must still meet its faults; `first` says when they end.
  return { name, kind, target, fromMs: 0, untilMs: 600_000, config }
}
const drain: OperationRecord = { when: 'settled', kind: 'drain', chosenRatio: 1 }
const slowBatches =
  (batchSize: number, delayMs: number) =>
  (config: PipelineConfig): PipelineConfig => ({
    ...config,
    lanes: { ...config.lanes, slow: { batchSize, delayMs } },
  })

/** Without the SDK's own tries, what is refused three times is refused to all three attempts of an invocation. */
const oneTry: SourceEdit = {
  file: 'localstack/functions/aws-clients.ts',
  find: 'const maxAttempts = 5',
  replace: 'const maxAttempts = 1',
}
/** Instead of ten, so that a refused record is left to the caller. */
const oneRound: SourceEdit = {
  file: 'localstack/functions/put-records.ts',
  find: 'const roundsMax = 10',
  replace: 'const roundsMax = 1',
}
/** Instead of 500. */
const callsOfTwo: SourceEdit = {
  file: 'localstack/functions/put-plan.ts',
  find: 'entriesPerCallMax = 500',
  replace: 'entriesPerCallMax = 2',
}
/** Instead of 500. */
const pagesOfTwo: SourceEdit = {
  file: 'localstack/functions/drain.ts',
  find: 'pageItemsMax = 500',
  replace: 'pageItemsMax = 2',
}
/** Bad lines one by one instead of 5000 ranges together, and all of them in one dead letter. */
const oneLetterOfMany: readonly SourceEdit[] = [
  { file: 'src/pipeline/bad-lines.ts', find: 'rangesPerParcelMax = 5000', replace: 'rangesPerParcelMax = 1' },
  {
    file: 'localstack/functions/main.ts',
    find: 'of parcelsOf(record, bad).entries())',
    replace: 'of [parcelsOf(record, bad)].entries())',
  },
  {
    file: 'localstack/functions/main.ts',
    find: 'body: encodeEventRecord(parcel)',
    replace: 'body: JSON.stringify(parcel)',
  },
]

const threeInEachLane: PowerBase['objects'] = [
  { prefix: 'fast/', ratePerSecond: 3 },
  { prefix: 'slow/', ratePerSecond: 3 },
]
/** Each object's download is refused until its third attempt failed. */
const refusedDownloads = fault('refused-downloads', 'main/s3.GetObject', 'reset', {
  when: 'before',
  ratio: 1,
  first: 3,
})
const once = (name: string, target: string, kind: string, more: object = {}): FaultRecord =>
  fault(name, target, kind, { ratio: 1, first: 1, ...more })

/** Nothing is wrong, all formats. */
const plain: PowerBase = {
  objects: [
    { prefix: 'fast/', ratePerSecond: 2 },
    { prefix: 'fast/text/', ratePerSecond: 2, format: 's3-lines', equalTexts: true },
    { prefix: 'fast/azure/', ratePerSecond: 1, format: 'azure-ad-event', gzip: true },
    { prefix: 'slow/', ratePerSecond: 10, untilMs: 300 },
    { prefix: 'ignored/', ratePerSecond: 1 },
  ],
  // Long enough to tell from a machine that is slow.
  config: slowBatches(1, 2000),
  expect: {
    'nothing-lost': {},
    duplicates: '<= 0',
    order: {},
    routing: {},
    'flow-control': {},
    invocations: { main: '<= 1' },
  },
}

/** An object in many pieces, an empty one, one with bad lines, keys that only one way of decoding reads right, and one that no route names. */
const odd: PowerBase = {
  objects: [
    { prefix: 'fast/text/large-', ratePerSecond: 1, format: 's3-lines', lines: 3000, lineBytes: 100 },
    { prefix: 'fast/empty-', ratePerSecond: 1, lines: 0 },
    { prefix: 'fast/poison-', ratePerSecond: 1, lines: 20, poisonRatio: 0.3 },
    { prefix: 'fast/with space/', ratePerSecond: 1 },
    { prefix: 'fast/a+b/', ratePerSecond: 1 },
    { prefix: 'fast/100%25 & =?/żółw-', ratePerSecond: 1 },
    { prefix: 'elsewhere/', ratePerSecond: 1, format: 's3-lines' },
  ],
  expect: { 'nothing-lost': {}, duplicates: '<= 0', 'error-table': {}, routing: {} },
}

const poisoned: PowerBase = {
  objects: [
    { prefix: 'fast/', ratePerSecond: 3, lines: 20, poisonRatio: 0.2 },
    { prefix: 'slow/gsuite/', ratePerSecond: 1, format: 'g-suite-login', lines: 20, poisonRatio: 0.2 },
  ],
  operations: [drain],
  expect: { 'nothing-lost': {}, duplicates: '<= 0', 'error-table': {} },
}

const poisonedTogether: PowerBase = { ...poisoned, edits: oneLetterOfMany, operations: [] }

const unreadable: PowerBase = {
  objects: [{ prefix: 'fast/', ratePerSecond: 3, gzip: true, lines: 200, unreadableRatio: 1 }],
  expect: { 'nothing-lost': {}, 'error-table': {} },
}

/** Kinesis takes the call and refuses what is in it. */
const refusedRecords: PowerBase = {
  objects: [{ prefix: 'fast/', ratePerSecond: 4 }],
  faults: [once('refused-records', 'event-pusher/kinesis.PutRecords', 'partial-failure', { entries: 1 })],
  expect: { 'nothing-lost': {}, duplicates: '<= 0', order: {}, routing: {} },
}

/** Every call of every function fails once for each object. */
const failsOnce: PowerBase = {
  objects: [{ prefix: 'fast/', ratePerSecond: 4 }],
  edits: [oneTry, oneRound],
  faults: [
    once('put-records', 'event-pusher/kinesis.PutRecords', 'reset', { when: 'before' }),
    once('invoke', 'dispatcher/lambda.Invoke', 'reset', { when: 'before' }),
    once('get-object', 'main/s3.GetObject', 'reset', { when: 'before' }),
  ],
  expect: { 'nothing-lost': {}, order: {}, routing: {} },
}

/** Every function dies once for each object, just when it hands it on. */
const diesOnce: PowerBase = {
  objects: [{ prefix: 'fast/', ratePerSecond: 2 }],
  faults: [
    once('put-records', 'event-pusher/kinesis.PutRecords', 'crash', { when: 'before' }),
    once('invoke', 'dispatcher/lambda.Invoke', 'crash', { when: 'before' }),
    once('deliver', 'main/sink.Deliver', 'crash', { when: 'before' }),
  ],
  expect: { 'nothing-lost': {}, order: {}, routing: {} },
}

/** Bodies of downloads end in the middle. */
const cutDownloads: PowerBase = {
  objects: [{ prefix: 'fast/', ratePerSecond: 3, lines: 40 }],
  faults: [once('cut', 'main/s3.GetObject', 'cut-body', { after: 0.5 })],
  expect: { 'nothing-lost': {}, duplicates: '<= 0', invocations: { main: '<= 1' } },
}

/** The SDK is there to try again. */
const throttledDownloads: PowerBase = {
  objects: [{ prefix: 'fast/', ratePerSecond: 3 }],
  faults: [fault('throttled', 'main/s3.GetObject', 'throttle', { ratio: 1, first: 2 })],
  expect: { 'nothing-lost': {}, duplicates: '<= 0', invocations: { main: '<= 1' } },
}

/** The slow lane in batches, each of whose invocations of Main fails once. */
const batched: PowerBase = {
  objects: [{ prefix: 'slow/', ratePerSecond: 20, untilMs: 500 }],
  config: slowBatches(4, 300),
  edits: [oneTry],
  faults: [fault('invoke', 'dispatcher/lambda.Invoke', 'reset', { when: 'before', ratio: 0.5, first: 1 })],
  expect: { 'nothing-lost': {}, order: {}, 'flow-control': {} },
}

/** All objects fail for good, and a drain brings them back, in small calls and small pages. */
const drained: PowerBase = {
  objects: threeInEachLane,
  edits: [oneTry, callsOfTwo, pagesOfTwo],
  faults: [refusedDownloads, once('put-item', 'reporter/dynamodb.PutItem', 'reset', { when: 'before' })],
  operations: [drain],
  expect: { 'nothing-lost': {}, duplicates: '<= 0', 'error-table': {}, routing: {} },
}

/** A Kinesis that takes two records a call instead of 500. */
const smallCalls: PowerBase = {
  ...drained,
  edits: [oneTry, callsOfTwo],
  faults: [refusedDownloads, fault('small-calls', 'drain/kinesis.PutRecords', callLimit.name, { entriesMax: 2 })],
}

/** Half of what the drain puts is refused. */
const halfDrained: PowerBase = {
  ...drained,
  edits: [oneTry, oneRound],
  faults: [refusedDownloads, once('refused-records', 'drain/kinesis.PutRecords', 'partial-failure', { entries: 0.5 })],
}

/** The drain dies before it has put anything, and is started again. */
const drainDies: PowerBase = {
  ...drained,
  edits: [oneTry],
  faults: [refusedDownloads, once('dies', 'drain/kinesis.PutRecords', 'crash', { when: 'before' })],
  operations: [drain, drain],
}

export const bases = {
  plain,
  odd,
  poisoned,
  poisonedTogether,
  unreadable,
  refusedRecords,
  failsOnce,
  diesOnce,
  cutDownloads,
  throttledDownloads,
  batched,
  drained,
  smallCalls,
  halfDrained,
  drainDies,
} as const satisfies Readonly<Record<string, PowerBase>>

export type BaseName = keyof typeof bases
export const baseNames = Object.keys(bases) as readonly BaseName[]
