// Mistakes on the way from the bucket into a lane: EventPusher, keys, routes, PutRecords. A table of data.

import type { BaseName } from './bases.ts'
import { inSource, withProperties } from './edits.ts'
import type { PowerMistake } from './power-scenario.ts'

const { eventPusher, eventRecord, putRecords, routeAnnounced, routing } = inSource

export const eventPusherMistakes: readonly PowerMistake<BaseName>[] = [
  {
    name: 'failed-record-count-ignored',
    about: 'PutRecords answered 200, so everything was taken.',
    base: 'refusedRecords',
    edits: [putRecords('if (result?.SequenceNumber !== undefined && result.ErrorCode === undefined) return', 'return')],
    check: 'nothing-lost',
    says: /PutRecords answered 200 with 1 of 1 refused.*no record in a lane: lost between event-pusher and lane fast/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'put-not-awaited',
    about: 'A dropped await: EventPusher is done before its records are in a lane.',
    base: 'diesOnce',
    edits: [eventPusher('const left = await putIntoLanes(', 'const left: any = []\n  void putIntoLanes(')],
    check: 'nothing-lost',
    says: /event-pusher returned.*no record in a lane: lost between event-pusher and lane fast/,
    object: /fast\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'put-failure-swallowed',
    about: 'What is left in the end is logged, and nothing more.',
    base: 'failsOnce',
    edits: [eventPusher('if (left.length > 0)\n    throw new Error(', "if (left.length > 0)\n    log('error', ")],
    check: 'nothing-lost',
    says: /PutRecords got no answer.*not carried out.*no record in a lane: lost between event-pusher and lane fast/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'unroutable-fails-the-batch',
    about: 'An object without a route throws, and there is no dead-letter queue behind EventPusher.',
    base: 'odd',
    edits: [routing("?.dest ?? 'fast'", '!.dest')],
    template: withProperties('EventPusher', { DeadLetterConfig: undefined }),
    check: 'nothing-lost',
    says: /event-pusher failed, attempt 3; no record in a lane: lost in event-pusher/,
    object: /elsewhere\/000000\.log$/,
    line: 1,
  },
  {
    name: 'key-not-decoded',
    about: 'The key is used as it stands in the notification.',
    base: 'odd',
    edits: [eventRecord("decodeURIComponent(key.replaceAll('+', ' '))", 'key')],
    check: 'nothing-lost',
    says: /no record in a lane: lost between event-pusher and lane fast/,
    object: /fast\/with space\/000000\.log$/,
    line: 1,
  },
  {
    name: 'key-decoded-without-plus',
    about: 'decodeURIComponent alone, which leaves a + where a space was.',
    base: 'odd',
    edits: [eventRecord("decodeURIComponent(key.replaceAll('+', ' '))", 'decodeURIComponent(key)')],
    check: 'nothing-lost',
    says: /no record in a lane: lost between event-pusher and lane fast/,
    object: /fast\/with space\/000000\.log$/,
    line: 1,
  },
  {
    name: 'one-lane-for-all',
    about: 'Everything is put into the fast lane.',
    base: 'plain',
    edits: [
      putRecords(
        'const streams = { fast: setting(',
        "const streams = { fast: setting('fastStream'), slow: setting('fastStream') }\n  void { fast: setting(",
      ),
    ],
    check: 'routing',
    says: /stood in lane fast, and routing says lane slow/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'catch-all-route-first',
    about: 'The first rule matches everything, so no other is ever asked.',
    base: 'plain',
    config: (config) => ({ ...config, routing: [{ prefix: '', dest: 'fast' }, ...config.routing] }),
    check: 'routing',
    says: /stood in lane fast, and routing says lane slow/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'dropped-is-not-dropped',
    about: 'A route to drop is taken for one to the fast lane.',
    base: 'plain',
    edits: [
      routeAnnounced(
        "if (lane === 'drop') dropped++\n      else records.push({ ...object, dest_stream: lane })",
        "records.push({ ...object, dest_stream: lane === 'drop' ? 'fast' : lane })",
      ),
    ],
    check: 'routing',
    says: /stood in lane fast, and routing says no lane/,
    object: /ignored\/000000\.log$/,
  },
]
