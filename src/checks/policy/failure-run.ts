// Counts consecutive failures of one host the way Envoy's outlier detection does, but as a range, because two outcomes
// closer together than the stamps are exact may have been counted in either order: `low` is what Envoy's counter surely
// shows, `high` what it possibly shows. Reaching the threshold sets Envoy's counter back, ejected or not, but only when
// its main thread comes to it. The streak is what a person would count, and is the evidence for an ejection that did
// happen.

/** Stamps of two attempts are comparable to this. */
export const exactMs = 1

export interface FailureRun {
  /** @returns `sure` when this outcome reached the threshold for certain */
  add(kind: 'bad' | 'good' | 'unsure', atMs: number): 'sure' | undefined
  /** Envoy set its counter back: the host was ejected, or the detection was not enforced. */
  reset(atMs: number): void
  /** The last time at which the streak possibly was as long as the threshold. */
  possibleAtMs(): number
}

/** @param setBackMs how much later Envoy's main thread may set the counter back */
export function failureRun(threshold: number, setBackMs: number): FailureRun {
  const possible = possibleStreak(threshold)
  let low = 0
  let high = 0
  let setBackUntilMs = Number.NEGATIVE_INFINITY
  let possibleAtMs = Number.NEGATIVE_INFINITY
  let goodAtMs = Number.NEGATIVE_INFINITY
  let recentBad: readonly number[] = []

  const badSince = (sinceMs: number) => recentBad.filter((badAtMs) => badAtMs >= sinceMs)

  function good(atMs: number) {
    possible.good(atMs)
    goodAtMs = atMs
    recentBad = badSince(atMs - exactMs)
    low = 0
    high = recentBad.length
  }

  function bad(atMs: number, sure: boolean): 'sure' | undefined {
    if (possible.bad(atMs)) possibleAtMs = atMs
    recentBad = [...badSince(atMs - 2 * exactMs), atMs]
    high++
    if (sure && atMs - goodAtMs > exactMs && atMs > setBackUntilMs) low++
    if (low >= threshold) {
      low = 0
      setBackUntilMs = atMs + setBackMs
      high -= threshold
      return 'sure'
    }
    if (high >= threshold) {
      // Had the threshold been reached, the counter would have been set back.
      low = 0
      setBackUntilMs = atMs + setBackMs
      high = threshold - 1
    }
    return undefined
  }

  return {
    add(kind, atMs) {
      if (kind !== 'good') return bad(atMs, kind === 'bad')
      good(atMs)
      return undefined
    },
    reset(atMs) {
      recentBad = badSince(atMs - 2 * exactMs)
      low = 0
      high = Math.min(recentBad.length, threshold - 1)
      possible.reset(atMs)
    },
    possibleAtMs: () => possibleAtMs,
  }
}

const streakMax = 100_000

/** A success ends a streak only for failures that came surely before it, and only once a failure comes surely after it. */
function possibleStreak(threshold: number) {
  let bads: number[] = []
  let goods: number[] = []
  const forgetBefore = (atMs: number) => {
    bads = bads.filter((badAtMs) => badAtMs >= atMs)
  }
  return {
    good(atMs: number) {
      goods.push(atMs)
      if (goods.length > streakMax) goods = goods.slice(-streakMax / 2)
    },
    /** Whether as many as the threshold may have come in a row, this one the last. */
    bad(atMs: number): boolean {
      const ended = goods.findLast((goodAtMs) => goodAtMs < atMs - exactMs)
      if (ended !== undefined) {
        forgetBefore(ended - exactMs)
        goods = goods.filter((goodAtMs) => goodAtMs > ended)
      }
      bads.push(atMs)
      // More than the threshold asks for tell nothing new.
      if (bads.length > Math.min(threshold, streakMax)) bads.shift()
      return bads.length >= Math.min(threshold, streakMax)
    },
    reset(atMs: number) {
      forgetBefore(atMs - 2 * exactMs)
      goods = []
    },
  }
}
