// An object's way in one line: `in lane fast after 41 ms, main failed twice, 10 of 10 lines delivered after 1.20 s`.

import { formatMs } from '../../core/units.ts'
import { formatCount, formatCounted } from '../format.ts'
import type { End } from './collect-ledger.ts'
import type { ObjectState } from './object-book.ts'

export function tellStory(state: ObjectState, end: End | undefined): string {
  const zeroMs = state.put?.atMs ?? 0
  const after = (atMs: number | undefined): string => formatMs(Math.max(0, (atMs ?? zeroMs) - zeroMs))
  return [
    ...(end === 'dropped' ? [] : [lane(state, after)]),
    ...(state.laneMs === undefined ? [] : [main(state, after)]),
    ending(state, end, after),
  ].join(', ')
}

type After = (atMs: number | undefined) => string

function lane({ lane: name, laneMs }: ObjectState, after: After): string {
  return name === undefined ? 'never seen in a lane' : `in lane ${name} after ${after(laneMs)}`
}

function main({ mainMs, mainRuns, mainFailures }: ObjectState, after: After): string {
  if (mainRuns === 0) return 'main never ran'
  const failures = mainFailures === 0 ? '' : ` and failed ${times(mainFailures)}`
  return mainRuns === 1 && mainFailures === 0
    ? `main ran after ${after(mainMs)}`
    : `main ran ${times(mainRuns)}${failures}`
}

function ending({ put, delivered, extra, doneMs }: ObjectState, end: End | undefined, after: After): string {
  const lines = put?.lines ?? 0
  if (end === 'dropped') return 'dropped by routing'
  const again = extra === 0 ? '' : `, ${formatCounted(extra, 'line')} once more`
  const arrived =
    delivered === 0
      ? []
      : [`${formatCount(delivered)} of ${formatCounted(lines, 'line')} delivered after ${after(doneMs)}${again}`]
  const left = formatCounted(lines - delivered, 'line')
  const rest =
    end === 'lost'
      ? [`${left} lost`]
      : end === 'parked'
        ? [`${left} parked`]
        : end === 'inFlight'
          ? [`${left} still under way`]
          : []
  return [...arrived, ...rest].join(', ') || 'nothing was owed'
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${formatCount(count)} times`)
