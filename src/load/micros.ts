// The history keeps milliseconds with microsecond fractions. What floating-point subtraction adds behind them is noise
// that would only make the file larger.

/** Milliseconds, rounded to whole microseconds. */
export function micros(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
