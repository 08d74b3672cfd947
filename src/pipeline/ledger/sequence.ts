// Kinesis's sequence numbers: decimal, and too long for a double.

/** Negative where `left` comes first. */
export function compareSequences(left: string, right: string): number {
  return left.length === right.length ? (left < right ? -1 : left > right ? 1 : 0) : left.length - right.length
}
