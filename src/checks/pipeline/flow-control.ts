// flow-control: the Dispatcher of a lane takes no more than its batch size at once, and begins the next batch of a shard no
// sooner than DELAY after the one before; that holds the lane at batchSize / (DELAY + dispatch) objects a second and shard.
// Limits that an operator sets count from then on, and for a while the old ones may still hold, because they take their time
// to arrive. After a batch that failed nobody has slept, so the distance behind it is not judged.

import { z } from 'zod'
import type { Check, CheckContext, CheckKind } from '../../core/check.ts'
import type { FunctionInvoked, LaneName } from '../../core/history.ts'
import { formatMs } from '../../core/units.ts'
import { type DeclaredPipeline, declaredPipeline, type Limit, limitOf } from '../../pipeline/declared-pipeline.ts'
import { findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { scenarioSpan } from './scenario-span.ts'

/** Timers and stamps of two processes meet here. */
const toleranceMs = 5
/** How long a new limit may take until the function and its stream mapping have it. */
const arrivalMs = 3000
/** A limit is told when it is set, and may hold a moment before. */
const aheadMs = 2000

const schema = z.strictObject({})

export const flowControl: CheckKind<z.output<typeof schema>> = {
  name: 'flow-control',
  judges: 'pipeline',
  about: 'Per shard a batch begins no sooner than DELAY after the one before, and has at most the batch size.',
  schema,
  needs: ['mapping-order', 'mapping-read'],
  start: (_config, context) => start(context),
}

interface Batch {
  readonly lane: LaneName
  readonly shard: string
  readonly startMs: number
  readonly invocation: string
  readonly sequence: string
  readonly objects: readonly string[]
  returned: boolean
}

function start({ header, scenario }: CheckContext): Check {
  const declared = declaredPipeline(header.declaredPolicy[scenario.name])
  const limits: Limit[] = []
  const batches: Batch[] = []
  const running = new Map<string, Batch>()
  const span = scenarioSpan()
  return {
    observe(event) {
      span.observe(event)
      if (event.kind === 'operator-acted') {
        const limit = limitOf(event)
        if (limit !== undefined) limits.push(limit)
      } else if (event.kind === 'function-invoked') {
        const batch = batchOf(event)
        if (batch === undefined) return
        batches.push(batch)
        running.set(`${event.invocation} ${event.attempt}`, batch)
      } else if (event.kind === 'function-returned' && event.function.startsWith('dispatcher')) {
        const batch = running.get(`${event.invocation} ${event.attempt}`)
        if (batch !== undefined) batch.returned = true
        running.delete(`${event.invocation} ${event.attempt}`)
      }
    },
    conclude() {
      if (declared === undefined) return nothingSeen('the history does not say what the pipeline declares')
      if (batches.length === 0) return nothingSeen('no Dispatcher was given a batch')
      const findings = findingList()
      let held = 0
      let shortestMs = Number.POSITIVE_INFINITY
      const previous = new Map<string, Batch>()
      for (const batch of batches.sort((left, right) => left.startMs - right.startMs)) {
        const { lane, shard, objects, startMs, sequence } = batch
        const place = `shard ${shard} of lane ${lane}`
        const sizeMax = Math.max(
          ...inForce(declared, limits, lane, startMs - arrivalMs, startMs).map(({ batchSize }) => batchSize),
        )
        const [object] = objects
        const about = object === undefined ? {} : { object }
        if (objects.length > sizeMax) {
          const message = `${place}: a batch of ${objects.length} was taken at ${span.clock(startMs)}`
          findings.add({
            rule: 'flow-control',
            message,
            expected: `at most ${sizeMax}`,
            observed: String(objects.length),
            ...about,
          })
        }
        const before = previous.get(place)
        previous.set(place, batch)
        if (before === undefined || !before.returned || before.sequence === sequence) continue
        const from = before.startMs - arrivalMs
        const delayMs = Math.min(...inForce(declared, limits, lane, from, startMs).map((one) => one.delayMs))
        if (delayMs <= 0) continue
        held++
        const distanceMs = startMs - before.startMs
        shortestMs = Math.min(shortestMs, distanceMs)
        if (distanceMs >= delayMs - toleranceMs) continue
        const message = `${place}: a batch began at ${span.clock(startMs)}, ${formatMs(distanceMs)} after the one before`
        const expected = `at least ${formatMs(delayMs)} from start to start`
        findings.add({ rule: 'flow-control', message, expected, observed: formatMs(distanceMs), ...about })
      }
      const bad = findings.count()
      const seen = `${amount(batches.length, 'batch')}, ${held} of them behind a DELAY`
      const figures = {
        batchesCount: batches.length,
        delayedBatchesCount: held,
        ...(Number.isFinite(shortestMs) ? { shortestDistanceMs: shortestMs } : {}),
      }
      if (bad > 0)
        return {
          verdict: 'fail',
          summary: `${bad} times faster than declared: ${seen}`,
          looked: batches.length,
          ...findings.told(),
          figures,
        }
      if (held === 0)
        return {
          ...nothingSeen(`no two batches of a lane with a DELAY followed each other (${seen})`),
          looked: batches.length,
        }
      return { verdict: 'pass', summary: `within the limits: ${seen}`, looked: batches.length, findings: [], figures }
    },
  }
}

function batchOf(event: FunctionInvoked): Batch | undefined {
  const { function: role, shard, sequence = '', invocation, objects, atMs } = event
  const lane = role === 'dispatcher-fast' ? 'fast' : role === 'dispatcher-slow' ? 'slow' : undefined
  if (lane === undefined || shard === undefined) return undefined
  return { lane, shard, startMs: atMs, invocation, sequence, objects, returned: false }
}

/** Every pair of limits of a lane that held at some time between two moments. */
function inForce(
  declared: DeclaredPipeline,
  limits: readonly Limit[],
  lane: LaneName,
  fromMs: number,
  untilMs: number,
): { readonly delayMs: number; readonly batchSize: number }[] {
  let now = declared.lanes[lane]
  let held = [now]
  for (const limit of limits) {
    if (limit.lane !== lane || limit.atMs > untilMs + aheadMs) continue
    now = { delayMs: limit.delayMs ?? now.delayMs, batchSize: limit.batchSize ?? now.batchSize }
    if (limit.atMs <= fromMs) held = [now]
    else held.push(now)
  }
  return held
}
