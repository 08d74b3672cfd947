// Mistakes between a lane and Main: the Dispatcher, its DELAY, its mapping from the stream. A table of data.

import type { BaseName } from './bases.ts'
import { inSource, withProperties } from './edits.ts'
import type { PowerMistake } from './power-scenario.ts'

const { dispatcher } = inSource
const invokeCommand = "InvocationType: 'Event',"
const accepted = 'if (answer.StatusCode !== 202) throw'

export const dispatcherMistakes: readonly PowerMistake<BaseName>[] = [
  {
    name: 'acknowledged-before-invoking',
    about: 'A dropped await: the batch is done before Main was invoked, and the process dies in between.',
    base: 'diesOnce',
    edits: [dispatcher('await dispatch(record)', 'void dispatch(record).catch(() => {})')],
    check: 'nothing-lost',
    says: /dispatcher-fast returned.*it did not invoke Main: lost in dispatcher-fast/,
    object: /fast\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'invoked-synchronously',
    about:
      'RequestResponse instead of Event: nobody tries again what fails, and nothing is sent to the dead-letter queue.',
    base: 'failsOnce',
    edits: [
      dispatcher(invokeCommand, "InvocationType: 'RequestResponse',"),
      dispatcher(accepted, 'if (answer.StatusCode !== 200) throw'),
    ],
    check: 'nothing-lost',
    says: /main failed.*lost (in main|between main and)/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'invoked-twice',
    about: 'Each record is handed to Main two times.',
    base: 'plain',
    edits: [dispatcher('await dispatch(record)', 'await dispatch(record)\n      await dispatch(record)')],
    check: 'duplicates',
    says: /delivered 2 times/,
    object: /fast\/000000\.log$/,
    line: 1,
  },
  {
    name: 'delay-ignored',
    about: 'The Dispatcher never sleeps.',
    base: 'plain',
    edits: [dispatcher('if (sleepMs > 0) await', 'if (sleepMs < 0) await')],
    check: 'flow-control',
    says: /of lane slow: a batch began at .* after the one before/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'delay-in-wrong-unit',
    about: 'Seconds are taken for milliseconds.',
    base: 'plain',
    edits: [dispatcher("secondsSetting('delay')", "secondsSetting('delay') / 1000")],
    check: 'flow-control',
    says: /of lane slow: a batch began at .* after the one before/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'sleeps-beyond-its-timeout',
    about:
      'DELAY is longer than the function may run: the batch is tried again and again, Main runs each time, the shard stands.',
    base: 'plain',
    edits: [dispatcher('Math.min(delayMs, context.getRemainingTimeInMillis() - reserveMs)', 'delayMs * 10')],
    template: withProperties('DispatcherSlow', { Timeout: 1 }),
    // It would never come to rest.
    settleMs: 12_000,
    check: 'duplicates',
    says: /dispatcher-slow failed \(timeout\).*delivered \d+ times$/,
    object: /slow\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'dispatched-backwards',
    about: 'The records of a batch are taken from its end.',
    base: 'batched',
    edits: [dispatcher('for (const record of event.Records)', 'for (const record of event.Records.toReversed())')],
    check: 'order',
    says: /Main was invoked with .* before .*, which stands before it in the batch/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'batch-item-failures-not-asked-for',
    about: 'The mapping lacks ReportBatchItemFailures, so what the Dispatcher reports counts for nothing.',
    base: 'batched',
    template: withProperties('DispatcherSlowMapping', { FunctionResponseTypes: undefined }),
    check: 'nothing-lost',
    says: /it did not invoke Main: lost in dispatcher-slow/,
    object: /slow\/00000\d\.log$/,
    line: 1,
  },
  {
    name: 'batch-size-ignored',
    about: 'The mapping hands over a hundred records at once.',
    base: 'plain',
    template: withProperties('DispatcherSlowMapping', { BatchSize: 100 }),
    check: 'flow-control',
    says: /of lane slow: a batch of \d was taken/,
    object: /slow\/00000\d\.log$/,
  },
  {
    name: 'few-retries-of-a-batch',
    about: 'MaximumRetryAttempts 0: a batch that fails once is passed over in silence.',
    base: 'failsOnce',
    template: withProperties('DispatcherFastMapping', { MaximumRetryAttempts: 0 }),
    check: 'nothing-lost',
    says: /dispatcher-fast failed.*it did not invoke Main: lost in dispatcher-fast/,
    object: /fast\/00000\d\.log$/,
    line: 1,
  },
]
