// Bins of a time series whose end nobody knows yet: a pipeline settles when it settles. When there would be more than 120,
// neighbours are merged and bins become twice as wide, so that there are always 60 to 120 of them or fewer.

const binsMax = 120

export interface GrowingBins<Bin> {
  /** The bin of a time; what lies before the start belongs to the first. */
  at(sinceStartMs: number): Bin
  /** From the first to that of `endMs`, and at least one. */
  finish(endMs: number): { readonly binMs: number; readonly bins: readonly Bin[] }
}

export function growingBins<Bin>(
  firstBinMs: number,
  create: () => Bin,
  merge: (into: Bin, other: Bin) => void,
): GrowingBins<Bin> {
  let binMs = firstBinMs
  let bins: Bin[] = []

  const widen = (): void => {
    const halves = bins
    bins = []
    for (let index = 0; index < halves.length; index += 2) {
      const left = halves[index] ?? create()
      const right = halves[index + 1]
      if (right !== undefined) merge(left, right)
      bins.push(left)
    }
    binMs *= 2
  }
  const at = (sinceStartMs: number): Bin => {
    const wantedMs = Number.isFinite(sinceStartMs) ? Math.max(0, sinceStartMs) : 0
    while (wantedMs >= binMs * binsMax) widen()
    const index = Math.floor(wantedMs / binMs)
    while (bins.length <= index) bins.push(create())
    return bins[index] ?? create()
  }
  return {
    at,
    finish(endMs) {
      at(Math.max(0, endMs - 1e-6))
      return { binMs, bins }
    },
  }
}
