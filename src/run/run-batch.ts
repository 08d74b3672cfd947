// One batch: scenarios side by side, those that must be alone in environments of their own. What is costly (planning,
// starting, reading counters) is done before the batch's first moment or after its last load, so that it does not eat into
// anybody's load.

import { monotonicMs } from '../core/clock.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { stopAll } from '../core/stop-all.ts'
import type { EventBus } from './event-bus.ts'
import type { RunEnvironment, RunGenerator } from './parts.ts'
import type { RunOptions } from './run.ts'
import { runScenario, type ScenarioRun } from './run-scenario.ts'

export interface BatchParts {
  readonly options: RunOptions
  readonly bus: EventBus
  /** Carries all scenarios that need no environment of their own. */
  readonly warm: RunEnvironment | undefined
  readonly generator: RunGenerator
}

/**
 * From the last preparation to the first request, and from the last answer to the reading of counters: longer than the
 * 250 ms in which lateness counts as nearby.
 */
const leadMs = 300

export async function runBatch(batch: readonly MeshScenario[], parts: BatchParts): Promise<void> {
  const { options } = parts
  const own: RunEnvironment[] = []
  try {
    const prepared = await allOf(batch, async (record) => {
      const environment = record.isolated ? await startOwn(record, parts, own) : parts.warm
      if (environment === undefined) throw new Error(`no environment for ${record.name}`)
      return { record, environment }
    })
    options.signal.throwIfAborted()
    const planned = prepared.map(({ record, environment }) => ({
      record,
      environment,
      requests: options.planRequests(record, environment.place(record.name).clusters),
    }))
    for (const { record, environment } of planned) {
      options.signal.throwIfAborted()
      await environment.readCounters(record.name, 'before')
    }
    options.signal.throwIfAborted()
    const startMs = monotonicMs() + leadMs
    const loads = countdown(planned.length)
    await allOf(planned, (scenario) => runOne({ ...scenario, startMs, loads }, parts))
  } finally {
    await stopAll(own.map((environment) => () => environment.stop()))
  }
}

async function startOwn(
  record: MeshScenario,
  { options, bus }: BatchParts,
  own: RunEnvironment[],
): Promise<RunEnvironment> {
  const number = options.batches.flat().indexOf(record) + 1
  const environment = await options.startEnvironment([record], `-${number}`, bus.emit)
  own.push(environment)
  return environment
}

async function runOne(
  scenario: Pick<ScenarioRun, 'record' | 'environment' | 'requests' | 'startMs' | 'loads'>,
  { options, bus, generator }: BatchParts,
): Promise<void> {
  const { hooks, faultKinds, originMs, signal } = options
  hooks.scenarioStarted?.(scenario.record)
  await runScenario({
    ...scenario,
    generator,
    calmMs: leadMs,
    faultKinds,
    originMs,
    signal,
    settling: bus.settlingOf(scenario.record.name),
    emit: bus.emit,
    nextEvent: bus.nextEvent,
  })
  hooks.scenarioFinished?.(scenario.record)
}

/** `over` resolves when as many have said that they are done; what comes `inTurn` then is done one after the other. */
export function countdown(count: number): ScenarioRun['loads'] {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = count
  let last: Promise<void> = Promise.resolve()
  return {
    over: promise,
    inTurn(work) {
      const mine = last.then(work)
      last = mine.catch(() => {})
      return mine
    },
    done() {
      left--
      if (left <= 0) resolve()
    },
  }
}

/** Waits for all, also when one fails: nothing may go on behind the back of what follows. Then throws the first failure. */
async function allOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = await Promise.allSettled(items.map(work))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
