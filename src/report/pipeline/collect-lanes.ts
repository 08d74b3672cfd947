// Both lanes over time: what came in, what the dispatchers were given, what waits, what arrived at the handler's downstream
// and how fresh it was. Only a record's first hand-over counts, so a batch that is retried does not drain a lane.

import type { HistoryEvent, LaneName, OperatorActed } from '../../core/history.ts'
import type { LaneBin, LaneReport } from '../../core/report-pipeline.ts'
import { Histogram } from '../../stats/histogram.ts'
import { type BinLatency, binLatency } from '../bin-latency.ts'
import { chooseBinMs } from '../collect-series.ts'
import { growingBins } from './growing-bins.ts'
import type { ObjectBook } from './object-book.ts'
import { spreadOf } from './spread.ts'

export const laneNames: readonly LaneName[] = ['fast', 'slow']
const shardsMax = 1000

interface Cell {
  arrived: number
  dispatched: number
  deliveredLines: number
  delayMs?: number
  freshness?: BinLatency
}

type Cells = Readonly<Record<LaneName, Cell>>

export interface Lanes {
  observe(event: HistoryEvent, sinceStartMs: number): void
  delivered(lane: LaneName, lines: number, freshMs: number, sinceStartMs: number): void
  finish(durationMs: number): { readonly binMs: number; readonly lanes: readonly LaneReport[] }
}

export function collectLanes(book: ObjectBook, plannedMs: number): Lanes {
  const bins = growingBins<Cells>(chooseBinMs(plannedMs), emptyCells, mergeCells)
  const freshness = { fast: new Histogram(), slow: new Histogram() }
  const shards = { fast: new Set<string>(), slow: new Set<string>() }
  return {
    observe(event, sinceStartMs) {
      if (event.kind === 'record-in-lane') {
        bins.at(sinceStartMs)[event.lane].arrived++
        if (shards[event.lane].size < shardsMax) shards[event.lane].add(event.shard)
      } else if (event.kind === 'function-invoked') {
        const lane = laneNames.find((name) => event.function === `dispatcher-${name}`)
        if (lane === undefined) return
        for (const object of event.objects) {
          const state = book.at(object)
          if (state.dispatched >= Math.max(1, state.arrived)) continue
          state.dispatched++
          bins.at(sinceStartMs)[lane].dispatched++
        }
      } else if (event.kind === 'operator-acted') {
        const change = delayChange(event)
        if (change !== undefined) bins.at(sinceStartMs)[change.lane].delayMs = change.delayMs
      }
    },
    delivered(lane, lines, freshMs, sinceStartMs) {
      const cell = bins.at(sinceStartMs)[lane]
      cell.deliveredLines += lines
      cell.freshness ??= binLatency()
      cell.freshness.record(freshMs, lines)
      for (let count = 0; count < lines; count++) freshness[lane].record(freshMs)
    },
    finish(durationMs) {
      const { binMs, bins: cells } = bins.finish(durationMs)
      const lanes = laneNames.map((lane) =>
        closeLane(lane, cells, binMs, { freshness: freshness[lane], shards: shards[lane].size }),
      )
      return { binMs, lanes }
    },
  }
}

const emptyCell = (): Cell => ({ arrived: 0, dispatched: 0, deliveredLines: 0 })
const emptyCells = (): Cells => ({ fast: emptyCell(), slow: emptyCell() })

function mergeCells(into: Cells, other: Cells): void {
  for (const lane of laneNames) {
    const [left, right] = [into[lane], other[lane]]
    left.arrived += right.arrived
    left.dispatched += right.dispatched
    left.deliveredLines += right.deliveredLines
    if (right.delayMs !== undefined) left.delayMs = right.delayMs
    if (right.freshness === undefined) continue
    if (left.freshness === undefined) left.freshness = right.freshness
    else left.freshness.merge(right.freshness)
  }
}

/** An operator's words name the lane; the figure says what DELAY became. */
function delayChange(event: OperatorActed): { readonly lane: LaneName; readonly delayMs: number } | undefined {
  const delayMs = event.values?.delayMs
  const lane = laneNames.find((name) => new RegExp(`\\b${name}\\b`).test(event.detail))
  return delayMs === undefined || lane === undefined ? undefined : { lane, delayMs }
}

function closeLane(
  lane: LaneName,
  cells: readonly Cells[],
  binMs: number,
  { freshness, shards }: { readonly freshness: Histogram; readonly shards: number },
): LaneReport {
  let backlog = 0
  let delayMs: number | undefined
  const series = cells.map((bin, index): LaneBin => {
    const cell = bin[lane]
    backlog = Math.max(0, backlog + cell.arrived - cell.dispatched)
    delayMs = cell.delayMs ?? delayMs
    return {
      fromMs: index * binMs,
      arrived: cell.arrived,
      dispatched: cell.dispatched,
      backlog,
      deliveredLines: cell.deliveredLines,
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(cell.freshness === undefined
        ? {}
        : { p50Ms: cell.freshness.percentileMs(50), p99Ms: cell.freshness.percentileMs(99) }),
    }
  })
  const sum = (key: 'arrived' | 'dispatched' | 'deliveredLines'): number =>
    series.reduce((total, bin) => total + bin[key], 0)
  return {
    lane,
    records: sum('arrived'),
    shards,
    dispatched: sum('dispatched'),
    deliveredLines: sum('deliveredLines'),
    backlogMax: series.reduce((most, bin) => Math.max(most, bin.backlog), 0),
    freshness: spreadOf(freshness),
    series,
  }
}
