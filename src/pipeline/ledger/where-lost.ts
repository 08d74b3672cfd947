// Where on its way a lost line vanished: behind the last hop that can have carried it. It takes the hops of the object, so
// for a line that went other ways than its neighbours it first leaves out the hops that were not the line's own.

import type { Account } from './account.ts'
import type { HopNote } from './hop-notes.ts'

export interface Place {
  /** What is missing in the history, to end the tale of the hops with. */
  readonly also: readonly string[]
  /** `between event-pusher and lane fast`, `in main`. */
  readonly place: string
}

const progress: ReadonlySet<string> = new Set(['put', 'in-lane', 'returned', 'failed', 'parked', 'drained'])

export function whereLost(notes: readonly HopNote[], account: Account, poison: boolean, everParked: boolean): Place {
  const lane = `lane ${account.dest}`
  // Once a line was parked, its way begins anew behind the item that was drained. A record put back may be seen before the
  // item is seen to be gone, for the table is read now and then only.
  const drained = everParked ? notes.findLastIndex(({ kind }) => kind === 'drained') : -1
  const from = notes.findLastIndex(({ kind }, index) => kind === 'parked' && index < drained)
  const way = notes.slice(from + 1).filter(({ kind, actor }) => progress.has(kind) && actor !== 'drain')
  const mainEnded = way.findLast((hop) => hop.actor === 'main')
  const reported = way.some(({ actor }) => actor === 'reporter')

  if (drained !== -1 && !way.some(({ kind }) => kind === 'in-lane'))
    return { also: ['no record in a lane since the drain'], place: `between the error table and ${lane}` }
  if (mainEnded?.kind === 'returned' && !poison) return { also: ['Main did not deliver this line'], place: 'in main' }
  if (mainEnded !== undefined && reported)
    return { also: ['no item names this line'], place: 'between main and the error table' }
  if (mainEnded?.kind === 'returned') return { also: ['Main reported no error'], place: 'in main' }
  if (mainEnded !== undefined) return { also: ['Reporter was never invoked'], place: 'between main and reporter' }

  const last = way.findLast(({ actor }) => actor !== 'reporter' && actor !== 'error table')
  if (last?.actor.startsWith('dispatcher') === true || last?.kind === 'in-lane') return behindDispatcher(notes, last)
  if (last?.actor === 'event-pusher') {
    if (reported) return { also: ['no item names this line'], place: 'between event-pusher and the error table' }
    if (last.kind === 'failed') return { also: ['no record in a lane'], place: 'in event-pusher' }
    return { also: ['no record in a lane'], place: `between event-pusher and ${lane}` }
  }
  return { also: ['EventPusher was never invoked'], place: 'between the bucket and event-pusher' }
}

function behindDispatcher(notes: readonly HopNote[], last: HopNote): Place {
  if (last.kind === 'in-lane') return { also: ['no Dispatcher was invoked with it'], place: `in ${last.actor}` }
  const invoke = notes.findLast(({ kind, label }) => kind === 'called' && label.startsWith('lambda.Invoke'))
  const taken = invoke !== undefined && (/answered 2/.test(invoke.label) || invoke.label.includes('carried out all'))
  return taken
    ? { also: ['Main was never invoked'], place: `between ${last.actor} and main` }
    : { also: ['it did not invoke Main'], place: `in ${last.actor}` }
}
