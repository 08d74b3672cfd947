import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticFault } from '../../core/synthetic-history.ts'
import {
  type SyntheticFate,
  type SyntheticJourney,
  syntheticPipelineRun,
  syntheticPipelineScenario,
} from '../../core/synthetic-pipeline.ts'
import { pipelineChecks } from './index.ts'
import { muchLater, runPipelineCheck } from './run-pipeline-check.ts'

/** Settings that a pipeline keeps in which nothing goes wrong. */
const settings: Readonly<Record<string, unknown>> = {
  duplicates: '<= 0',
  freshness: { fast: '<= 2s', slow: '<= 2s' },
  throughput: { objectsPerSecond: '> 0' },
  backlog: { lane: 'fast', atMost: 100 },
  'lane-isolation': { lane: 'fast', freshness: '<= 2s' },
  invocations: { main: '<= 6' },
  steady: { lane: 'slow' },
}
const scenario = syntheticPipelineScenario({ faults: [syntheticFault({ name: 'all' })] })
const settingsOf = (name: string) => settings[name] ?? {}

test('names are unique, and all of them judge pipelines', () => {
  const names = pipelineChecks.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toHaveLength(14)
  expect(pipelineChecks.every(({ judges }) => judges === 'pipeline')).toBe(true)
})

test.each(pipelineChecks.map((kind) => [kind.name, kind] as const))(
  '%s of an empty history is inconclusive',
  (name, kind) => {
    expect(runPipelineCheck(kind, settingsOf(name), [], { scenario })).toMatchObject({
      verdict: 'inconclusive',
      looked: 0,
    })
  },
)

const harmless: readonly SyntheticFate[] = ['delivered', 'retried', 'parked', 'drained']

test('no check fails a pipeline that treats every object as it should', () => {
  const journeys = fc
    .array(
      fc.record({
        lines: fc.integer({ min: 0, max: 6 }),
        fate: fc.constantFrom(...harmless),
        poison: fc.boolean(),
        unreadable: fc.constantFrom(false, false, false, true),
        dest: fc.constantFrom('fast', 'slow', 'drop'),
      }),
      { minLength: 1, maxLength: 15 },
    )
    .map((drawn) =>
      drawn.map(({ poison, ...one }, index): SyntheticJourney => {
        const bad = poison && one.lines > 0 ? [{ first: one.lines, last: one.lines }] : []
        return { ...one, object: `logs/${index}`, atMs: index * 2600, poison: bad }
      }),
    )
  fc.assert(
    fc.property(journeys, (drawn) => {
      const run = syntheticPipelineRun(drawn, [muchLater(90_000)]).flatMap((event): NewEvent[] => {
        if (event.kind === 'operator-acted' && event.action === 'drain') return [{ ...event, detail: '1 chosen' }]
        if (event.kind === 'function-failed') return [{ ...event, fault: 'planned' }]
        if (event.kind !== 'object-put') return [event]
        const { object, atMs } = event
        const told = { src: 'fan-out', scenario: 'synthetic', atMs: atMs + 3, object, consumer: 'audit' }
        return [event, { ...told, kind: 'object-fanned-out' as const }]
      })
      for (const kind of pipelineChecks) {
        const { verdict, summary, findings } = runPipelineCheck(kind, settingsOf(kind.name), run, { scenario })
        expect([kind.name, verdict === 'fail' ? { summary, findings } : 'no failure']).toEqual([
          kind.name,
          'no failure',
        ])
      }
    }),
    { numRuns: 60 },
  )
})
