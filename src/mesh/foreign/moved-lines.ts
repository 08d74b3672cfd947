// Where a piece of a config stood before others were taken out in front of it, so that its line is still found.

import type { ConfigLine } from '../../core/verdict.ts'

/** Pointers that begin a place: what stands at `to` now stood at `from`. */
export interface Moved {
  readonly to: string
  readonly from: string
}

export function movedFrom(moved: readonly Moved[], pointer: string): string {
  const fitting = moved.filter(({ to }) => pointer === to || pointer.startsWith(`${to}/`))
  const nearest = fitting.reduce<Moved | undefined>(
    (best, one) => (best === undefined || one.to.length > best.to.length ? one : best),
    undefined,
  )
  return nearest === undefined ? pointer : `${nearest.from}${pointer.slice(nearest.to.length)}`
}

export function movedLines(
  lineOf: (pointer: string) => ConfigLine,
  moved: readonly Moved[],
): (pointer: string) => ConfigLine {
  return (pointer) => lineOf(movedFrom(moved, pointer))
}
