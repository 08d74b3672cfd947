// What the live page shows of one scenario, folded from events as they come: a few additions for each, everything else when
// it is asked for, once a second. At most 120 bins and a dozen marks, however long it goes on.

import type { NewEvent } from '../../core/history.ts'
import { isPipeline, type ScenarioRecord, wholeScenarioMs } from '../../core/scenario-record.ts'
import { hasLatency, succeeded } from '../outcome.ts'
import { growingBins } from '../pipeline/growing-bins.ts'
import { oneLine } from '../plain-text.ts'
import { type CoarseLatency, coarseLatency } from './coarse-latency.ts'

/** What is known beforehand. */
export interface LivePlan {
  readonly name: string
  readonly about: string
  readonly sort: 'mesh' | 'pipeline'
  readonly durationMs: number
  readonly faults: readonly { readonly name: string; readonly fromMs: number; readonly untilMs: number }[]
}

/** Times since the scenario's start. `undefined` in a list stands for a bin without answers. */
export interface LiveFigures {
  readonly name: string
  readonly state: 'waiting' | 'running' | 'ended'
  readonly elapsedMs: number
  readonly sent: number
  readonly answered: number
  readonly failed: number
  readonly attempts: number
  /** Requests that a circuit breaker turned away, or whose retry it did not allow. */
  readonly overflows: number
  readonly objects: number
  readonly lines: number
  readonly parked: number
  readonly p50Ms?: number | undefined
  readonly p99Ms?: number | undefined
  readonly binMs: number
  readonly ok: readonly number[]
  readonly notOk: readonly number[]
  readonly p50: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  readonly marks: readonly { readonly atMs: number; readonly label: string }[]
}

export interface LiveScenario {
  readonly plan: LivePlan
  observe(event: NewEvent): void
  /** Whether anything has come since the last call of `figures`. */
  hasChanged(): boolean
  /** `nowMs` on the run's clock. */
  figures(nowMs: number): LiveFigures
}

const firstBinMs = 100
const marksMax = 12
const faultsMax = 20

interface Bin {
  ok: number
  failed: number
  latency: CoarseLatency | undefined
}

export function liveScenario(record: ScenarioRecord): LiveScenario {
  const plan = planOf(record)
  const count = { sent: 0, answered: 0, failed: 0, attempts: 0, overflows: 0, objects: 0, lines: 0, parked: 0 }
  const overall = coarseLatency()
  const bins = growingBins<Bin>(firstBinMs, newBin, mergeBin)
  const marks: { readonly atMs: number; readonly label: string }[] = []
  let startMs: number | undefined
  let endMs: number | undefined
  let changed = true

  const since = (atMs: number) => Math.max(0, atMs - (startMs ?? atMs))
  const mark = (atMs: number, label: string) => {
    marks.push({ atMs: since(atMs), label: oneLine(label, 120) })
    if (marks.length > marksMax) marks.shift()
  }
  return {
    plan,
    hasChanged: () => changed || (startMs !== undefined && endMs === undefined),
    observe(event) {
      changed = true
      if (event.kind === 'scenario-started') startMs = event.atMs
      else if (event.kind === 'scenario-ended') endMs = event.atMs
      else if (event.kind === 'request-sent') count.sent++
      else if (event.kind === 'request-answered') {
        count.answered++
        const bin = bins.at(since(event.atMs))
        if (succeeded(event)) bin.ok++
        else {
          bin.failed++
          count.failed++
        }
        if (!hasLatency(event)) return
        bin.latency ??= coarseLatency()
        bin.latency.record(event.latencyMs)
        overall.record(event.latencyMs)
      } else if (event.kind === 'attempt-logged') {
        if (event.host !== '') count.attempts++
      } else if (event.kind === 'request-logged') {
        if (!event.flags.includes('UO')) return
        if (count.overflows++ === 0) mark(event.atMs, `first overflow of a circuit breaker: ${event.cluster}`)
      } else if (event.kind === 'object-put') {
        if (event.error === undefined) count.objects++
      } else if (event.kind === 'line-delivered') {
        const lines = (event.last ?? event.line) - event.line + 1
        count.lines += lines
        bins.at(since(event.atMs)).ok += lines
      } else if (event.kind === 'item-parked') {
        count.parked++
        bins.at(since(event.atMs)).failed++
      } else {
        const label = markLabel(event)
        if (label !== undefined) mark(event.atMs, label)
      }
    },
    figures(nowMs) {
      changed = false
      const elapsedMs = startMs === undefined ? 0 : Math.max(0, (endMs ?? nowMs) - startMs)
      const { binMs, bins: shown } = bins.finish(Math.max(1, elapsedMs))
      const percentile = (percent: number) => shown.map(({ latency }) => latency?.percentileMs(percent) ?? null)
      return {
        name: plan.name,
        state: startMs === undefined ? 'waiting' : endMs === undefined ? 'running' : 'ended',
        elapsedMs: Math.round(elapsedMs),
        ...count,
        p50Ms: overall.percentileMs(50),
        p99Ms: overall.percentileMs(99),
        binMs,
        ok: shown.map(({ ok }) => ok),
        notOk: shown.map(({ failed }) => failed),
        p50: percentile(50),
        p99: percentile(99),
        marks: [...marks],
      }
    },
  }
}

function planOf(record: ScenarioRecord): LivePlan {
  return {
    name: record.name,
    about: oneLine(record.about, 300),
    sort: isPipeline(record) ? 'pipeline' : 'mesh',
    durationMs: record.durationMs,
    faults: record.faults.slice(0, faultsMax).map(({ name, fromMs, untilMs }) => ({
      name: oneLine(name, 60),
      fromMs,
      untilMs: untilMs >= wholeScenarioMs ? record.durationMs : untilMs,
    })),
  }
}

const newBin = (): Bin => ({ ok: 0, failed: 0, latency: undefined })

function mergeBin(into: Bin, other: Bin): void {
  into.ok += other.ok
  into.failed += other.failed
  if (other.latency === undefined) return
  if (into.latency === undefined) into.latency = other.latency
  else into.latency.merge(other.latency)
}

function markLabel(event: NewEvent): string | undefined {
  switch (event.kind) {
    case 'fault-injected':
      return `${event.fault} on ${event.target}: ${event.detail}`
    case 'fault-healed':
      return `${event.fault} healed`
    case 'host-ejected':
      return `${event.cluster} ${event.host} ejected${event.enforced ? '' : ', not enforced'}`
    case 'host-returned':
      return `${event.cluster} ${event.host} returned`
    case 'config-pushed':
      return `${event.type} ${event.version} pushed`
    case 'config-rejected':
      return `${event.type} ${event.version} rejected`
    case 'process-exited':
      return event.expected ? undefined : `${event.process} exited`
    case 'operator-acted':
      return `${event.action} ${event.detail}`.trim()
    case 'function-failed':
      return `${event.function} failed: ${event.error}`
    default:
      return undefined
  }
}
