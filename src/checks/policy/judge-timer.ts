// Whether a timer of Envoy's kept its time. The bounds that it is given include how late the machine was, however late that
// is; so what lies outside them is a mistake of the policy on a slow machine too, if it can be proven: a timer that ran over
// is proven by a turn of the event loop after it was due, one that fired early by twice the tolerance (timers are set from
// the loop's cached clock, which is behind by no more than the loop stood still).

export interface TimerRun {
  readonly ranMs: number
  readonly timeoutMs: number
  readonly earliestMs: number
  readonly latestMs: number
  /** The timer ended it. */
  readonly fired: boolean
  /** The machine was too slow around it for anything that has no proof. */
  readonly late: boolean
  /** The event loop surely turned between `latestMs` and `ranMs`. */
  readonly turned: () => boolean
}

export type TimerJudgement = 'kept' | 'late' | { readonly early: boolean; readonly timed?: true }

export function judgeTimer({ ranMs, timeoutMs, earliestMs, latestMs, fired, late, turned }: TimerRun): TimerJudgement {
  if (ranMs > latestMs) return turned() ? { early: false } : 'late'
  const early = fired && ranMs < earliestMs
  if (early && ranMs < 2 * earliestMs - timeoutMs) return { early: true }
  if (late) return 'late'
  return early ? { early: true, timed: true } : 'kept'
}
