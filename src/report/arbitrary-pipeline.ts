// Arbitrary pipeline parts of reports for property tests, hostile texts and odd numbers included.

import fc from 'fast-check'
import type { PipelineReport } from '../core/report-pipeline.ts'
import type { TimelineRow } from '../core/verdict.ts'

export function arbitraryPipeline(
  text: fc.Arbitrary<string>,
  count: fc.Arbitrary<number>,
  ms: fc.Arbitrary<number>,
  timeline: fc.Arbitrary<TimelineRow[]>,
): fc.Arbitrary<PipelineReport> {
  const optional = { noNullPrototype: true }
  const lane = fc.constantFrom('fast' as const, 'slow' as const)
  const station = fc.constantFrom('put', 'event-pusher', 'lane', 'dispatcher', 'main', 'delivered')
  const spread = { count, p50Ms: ms, p99Ms: ms, maxMs: ms }
  const ends = {
    deliveredOnce: count,
    deliveredMore: count,
    parked: count,
    inFlight: count,
    lost: count,
    dropped: count,
  }
  const bin = fc.record(
    {
      fromMs: ms,
      arrived: count,
      dispatched: count,
      backlog: count,
      deliveredLines: count,
      delayMs: ms,
      p50Ms: ms,
      p99Ms: ms,
    },
    { requiredKeys: ['fromMs', 'arrived', 'dispatched', 'backlog', 'deliveredLines'], ...optional },
  )
  const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 4 })
  return fc.record(
    {
      ledger: fc.record({
        source: fc.constantFrom('nothing-lost' as const, 'report' as const),
        objects: count,
        bytes: count,
        refusedPuts: count,
        lines: count,
        ...ends,
        extraDeliveries: count,
        altered: count,
        unexpected: count,
        drainedItems: count,
        fannedOut: count,
      }),
      binMs: ms,
      lanes: few(
        fc.record({
          lane,
          records: count,
          shards: count,
          dispatched: count,
          deliveredLines: count,
          backlogMax: count,
          freshness: fc.record(spread),
          series: fc.array(bin, { maxLength: 8 }),
        }),
      ),
      hops: few(fc.record({ lane, from: station, to: station, ...spread })) as fc.Arbitrary<
        PipelineReport['hops'][number][]
      >,
      functions: few(
        fc.record({
          function: text,
          invocations: count,
          retries: count,
          duplicates: count,
          failures: fc.dictionary(text, count, { maxKeys: 3, ...optional }),
          provoked: count,
          duration: fc.record(spread),
        }),
      ),
      calls: few(
        fc.record({
          function: text,
          service: text,
          operation: text,
          count,
          errors: count,
          appliedUnseen: count,
          refusedEntries: count,
          faults: count,
          duration: fc.record(spread),
        }),
      ),
      experiments: few(fc.record({ function: text, call: text, fault: text, fired: count, objects: count, ...ends })),
      operations: few(
        fc.record({
          atMs: ms,
          action: text,
          detail: text,
          values: fc.dictionary(text, ms, { maxKeys: 2, ...optional }),
        }),
      ),
      parked: few(fc.record({ error: text, items: count, drained: count })),
      examples: few(
        fc.record({
          object: text,
          why: fc.constantFrom('lost', 'in-flight', 'parked', 'repeated', 'most-attempts', 'slowest'),
          story: text,
          timeline,
        }),
      ) as fc.Arbitrary<PipelineReport['examples'][number][]>,
      unsettled: text,
    },
    {
      requiredKeys: [
        'ledger',
        'binMs',
        'lanes',
        'hops',
        'functions',
        'calls',
        'experiments',
        'operations',
        'parked',
        'examples',
      ],
      ...optional,
    },
  )
}
