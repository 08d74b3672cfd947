// Reads a line of LocalStack's own log. What it says of our way of
// starting it, and what is no trouble, is left out.
//
//     2026-11-24T10:48:26.013 ERROR --- [-functhread1] l.aws.handlers.logging     : exception during call chain: ...

export interface EmulatorLogEntry {
  /** `warning`, `error`, `critical`, ...; `unknown` for a line that goes on. */
  readonly level: string
  readonly text: string
}

const layout = /^\S+ +([A-Z]+) --- \[[^\]]*\] (\S+) *: (.*)$/s
const levels: Readonly<Record<string, string>> = { WARN: 'warning', FATAL: 'critical' }
const expected = [
  /^localstack\.deprecations: TMPDIR is deprecated/,
  // A throttled invocation is an answer of AWS like others.
  /^l\.s\.l\.i\.assignment: Failed invocation <<class '\S+\.TooManyRequestsException'>>/,
  // So is a batch whose function was throttled: it is tried again.
  /^l\.s\.l\.e\.esm_event_processo: Unhandled exception while processing Lambda event source mapping/,
  // Our executor lets work that is under way end when its function is changed or removed, as AWS does.
  /^l\.s\.l\.i\.assignment: InvalidStatusException: .* can only be set to status ready while running/,
]
/** A line may hold a whole batch of records. */
const textLettersMax = 400

/** Undefined for what is no news. */
export function readEmulatorLogLine(line: string): EmulatorLogEntry | undefined {
  const [, name, logger, message] = layout.exec(line) ?? []
  if (name === undefined) return { level: 'unknown', text: line.slice(0, textLettersMax) }
  const text = `${logger}: ${message}`.slice(0, textLettersMax)
  if (expected.some((pattern) => pattern.test(text))) return undefined
  return { level: levels[name] ?? name.toLowerCase(), text }
}
