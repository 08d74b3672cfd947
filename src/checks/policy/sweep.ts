// Puts moments in order of time before they are looked at. Requests are handed over when they end, so their moments come
// in any order; a moment is passed on once nothing earlier can come any more. It knows nothing about what moments mean.

export interface Moment {
  readonly atMs: number
  /** Who goes first at the same time: the smaller. */
  readonly order: number
}

export interface Sweep<M extends Moment> {
  add(moment: M): void
  /** Passes on all moments up to the watermark, in order. Sorts, so call it now and then rather than at every event. */
  advance(watermarkMs: number): void
}

export function sweep<M extends Moment>(pass: (moment: M) => void): Sweep<M> {
  let waiting: M[] = []
  return {
    add(moment) {
      waiting.push(moment)
    },
    advance(watermarkMs) {
      const ready = waiting.filter((moment) => moment.atMs <= watermarkMs)
      if (ready.length === 0) return
      waiting = waiting.filter((moment) => moment.atMs > watermarkMs)
      ready.sort((left, right) => left.atMs - right.atMs || left.order - right.order)
      for (const moment of ready) pass(moment)
    },
  }
}
