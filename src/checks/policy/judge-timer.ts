// Whether a timer of Envoy's kept its time. The bounds that it is given include how late the machine was, however late that
// is, so what lies outside them is a mistake of the policy on a slow machine too: one that fired early, because timers are
// set by the clock of Envoy's event loop, which is behind by no more than the loop stood still; one that ran over, if the loop
// surely turned after it was due. What lies inside proves little where the bounds are wide.

export interface TimerRun {
  readonly ranMs: number
  readonly earliestMs: number
  readonly latestMs: number
  /** The timer ended it. */
  readonly fired: boolean
  /** The machine was so slow around it that the bounds prove nothing. */
  readonly late: boolean
  /** The event loop surely turned between `latestMs` and `ranMs`. */
  readonly turned: () => boolean
}

export function judgeTimer(run: TimerRun): 'kept' | 'late' | 'early' | 'over' {
  const { ranMs, earliestMs, latestMs, fired, late, turned } = run
  if (ranMs > latestMs) return turned() ? 'over' : 'late'
  if (fired && ranMs < earliestMs) return 'early'
  return late ? 'late' : 'kept'
}
