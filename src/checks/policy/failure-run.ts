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
  /** Envoy set its counter back: the host was ejected, came back, or the detection was not enforced. */
  reset(atMs: number): void
  /** The last time at which the streak possibly was as long as the threshold. */
  possibleAtMs(): number
}

/** @param setBackMs how much later Envoy's main thread may set the counter back */
export function failureRun(threshold: number, setBackMs: number): FailureRun {
  let low = 0
  let high = 0
  let streak = 0
  let setBackUntilMs = Number.NEGATIVE_INFINITY
  let possibleAtMs = Number.NEGATIVE_INFINITY
  let goodAtMs = Number.NEGATIVE_INFINITY
  /** The streak just before the last success, in case a failure right after it was counted before it. */
  let streakBeforeGood = 0
  let recentBad: readonly number[] = []

  const badSince = (sinceMs: number) => recentBad.filter((badAtMs) => badAtMs >= sinceMs)

  function good(atMs: number) {
    streakBeforeGood = streak
    goodAtMs = atMs
    recentBad = badSince(atMs - exactMs)
    low = 0
    high = recentBad.length
    streak = recentBad.length
  }

  function bad(atMs: number, sure: boolean): 'sure' | undefined {
    const nearGood = atMs - goodAtMs <= exactMs
    recentBad = [...badSince(atMs - 2 * exactMs), atMs]
    high++
    streak++
    if (nearGood) streakBeforeGood++
    else if (sure && atMs > setBackUntilMs) low++
    if (streak >= threshold || (nearGood && streakBeforeGood >= threshold)) possibleAtMs = atMs
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
      streak = recentBad.length
    },
    possibleAtMs: () => possibleAtMs,
  }
}
