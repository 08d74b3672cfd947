// Mistakes around the ErrorTaskTable: Reporter and Drain. A table of data.

import type { BaseName } from './bases.ts'
import { inSource, withVariables } from './edits.ts'
import type { PowerMistake } from './power-scenario.ts'

const { drain, parkedItem, putPlan, putRecords, reporter } = inSource
const entries = 'items.flatMap((item) => item.records.map((record) => laneEntry(record, item.requestId)))'

export const parkingMistakes: readonly PowerMistake<BaseName>[] = [
  {
    name: 'reporter-keeps-the-first-record',
    about: 'A dead letter of several event records becomes an item of the first one.',
    base: 'poisonedTogether',
    edits: [parkedItem('argument: JSON.stringify(records)', 'argument: JSON.stringify(records.slice(0, 1))')],
    check: 'nothing-lost',
    says: /no item names this line: lost between main and the error table/,
    object: /fast\/00000\d\.log$/,
  },
  {
    name: 'reporter-writes-over-items',
    about: 'The item is known by its error code instead of its request.',
    base: 'drained',
    edits: [
      parkedItem('request_id: RequestID ||', 'request_id: ErrorCode ||'),
      reporter("ConditionExpression: 'attribute_not_exists(request_id)',", ''),
    ],
    check: 'nothing-lost',
    says: /no item names this line: lost between main and the error table/,
    object: /(fast|slow)\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'more-than-one-call-takes',
    about: 'All records in one PutRecords, which Kinesis refuses as a whole, and what comes of it is not looked at.',
    base: 'smallCalls',
    edits: [
      putPlan('const chunks: Entry[][] = []', 'return [entries]\n  const chunks: Entry[][] = []'),
      putRecords(
        'return entries.map(() => ({ error: messageOf(error), final: isHopeless(error) }))',
        'return entries.map(() => ({}))',
      ),
    ],
    check: 'nothing-lost',
    says: /kinesis\.PutRecords answered 400.*no record in a lane since the drain: lost between the error table and lane fast/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'deleted-beyond-the-first-call',
    about: 'Drain puts the records of the first call and deletes all items.',
    base: 'drained',
    edits: [drain('putIntoLanes(kinesis, entries, context)', 'putIntoLanes(kinesis, entries.slice(0, 1), context)')],
    check: 'nothing-lost',
    says: /item gone from the error table; no record in a lane since the drain: lost between the error table and lane (fast|slow)/,
    object: /(fast|slow)\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'deleted-though-one-lane-failed',
    about: 'Drain looks at what the fast lane answered only.',
    base: 'halfDrained',
    edits: [
      putRecords(
        "return (await Promise.all([put('fast'), put('slow')])).flat()",
        "return (await Promise.all([put('fast'), put('slow')]))[0]",
      ),
    ],
    check: 'nothing-lost',
    says: /kinesis\.PutRecords answered 200 with \d of \d refused.*no record in a lane since the drain: lost between the error table and lane slow/,
    object: /slow\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'deleted-before-it-is-put',
    about: 'Drain takes the items out first and dies before it has put them.',
    base: 'drainDies',
    edits: [
      drain(`const entries = ${entries}`, `const entries = ${entries}\n  for (const item of items) await remove(item)`),
    ],
    check: 'nothing-lost',
    says: /item gone from the error table.*no record in a lane since the drain: lost between the error table and lane (fast|slow)/,
    object: /(fast|slow)\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'first-page-only',
    about: 'The scan of the table is not paginated.',
    base: 'drained',
    edits: [drain('    yield pageOf(\n      Items.filter', '    return yield pageOf(\n      Items.filter')],
    check: 'error-table',
    says: /was left behind by a drain of all that met no trouble/,
    object: /(fast|slow)\/00000\d\.log$/,
  },
  {
    name: 'drain-into-nowhere',
    about: 'The template gives Drain the name of a stream that does not exist, so it can never put anything.',
    base: 'drained',
    template: withVariables('Drain', { STREAM_FAST: 'nowhere' }),
    check: 'error-table',
    says: /was left behind by a drain of all that met no trouble/,
    object: /fast\/00000\d\.log$/,
  },
  {
    name: 'item-left-in-the-table',
    about: 'Drain puts and does not delete, so the next drain delivers again.',
    base: 'drained',
    edits: [
      drain(
        'const done = items.filter(({ requestId }) => !kept.has(requestId))',
        'const done: Item[] = items.slice(items.length + kept.size)',
      ),
    ],
    check: 'error-table',
    says: /was left behind by a drain of all that met no trouble/,
    object: /(fast|slow)\/00000\d\.log$/,
  },
  {
    name: 'put-back-on-the-wrong-lane',
    about: 'Drain puts everything into the fast lane.',
    base: 'drained',
    edits: [
      drain('laneEntry(record, item.requestId)', "laneEntry({ ...record, dest_stream: 'fast' }, item.requestId)"),
    ],
    check: 'error-table',
    says: /is gone, and .* was put back on the wrong lane/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'put-back-without-its-lines',
    about: 'Drain forgets which lines were bad and puts the whole object.',
    base: 'poisoned',
    edits: [drain('laneEntry(record, item.requestId)', 'laneEntry({ ...record, lines: undefined }, item.requestId)')],
    check: 'error-table',
    says: /is gone, and .* was put back with other lines/,
    object: /(fast|slow)\/.*00000\d\.log$/,
  },
]
