// How long objects took from one station to the next, by lane. An object counts at a hop when it was seen at both ends; what
// two observers saw in the wrong order, because one of them polls, counts as no time at all.

import type { LaneName } from '../../core/history.ts'
import type { HopReport, Station } from '../../core/report-pipeline.ts'
import { Histogram } from '../../stats/histogram.ts'
import { laneNames } from './collect-lanes.ts'
import type { ObjectBook, ObjectState } from './object-book.ts'
import { spreadOf } from './spread.ts'

const stations: readonly Station[] = ['put', 'event-pusher', 'lane', 'dispatcher', 'main', 'delivered']

export function hopsOf(book: ObjectBook): readonly HopReport[] {
  const spreads = new Map<string, Histogram>()
  for (const state of book.values()) {
    const lane = state.lane
    if (lane === undefined) continue
    const times = timesOf(state)
    for (const [index, untilMs] of times.entries()) {
      const fromMs = times[index - 1]
      if (fromMs === undefined || untilMs === undefined) continue
      const key = `${lane} ${index}`
      const spread = spreads.get(key) ?? new Histogram()
      spreads.set(key, spread)
      spread.record(Math.max(0, untilMs - fromMs))
    }
  }
  return laneNames.flatMap((lane) =>
    stations.flatMap((to, index) => {
      const from = stations[index - 1]
      const spread = spreads.get(`${lane} ${index}`)
      return from === undefined || spread === undefined ? [] : [hop(lane, from, to, spread)]
    }),
  )
}

function hop(lane: LaneName, from: Station, to: Station, spread: Histogram): HopReport {
  return { lane, from, to, ...spreadOf(spread) }
}

function timesOf(state: ObjectState): readonly (number | undefined)[] {
  return [state.put?.atMs, state.pusherMs, state.laneMs, state.dispatcherMs, state.mainMs, state.doneMs]
}
