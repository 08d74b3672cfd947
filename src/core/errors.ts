// The two kinds of failure that a user can mend, each with its exit code. Anything else that is thrown is a bug of ours
// (exit 70). Messages say what was expected, what was seen and what to do next; they never carry a stack trace.

export const exitCodes = { pass: 0, fail: 1, inconclusive: 2, badInput: 3, environment: 4, bug: 70 } as const

/** Bad input or usage: exit 3. */
export class InputError extends Error {
  readonly exitCode = exitCodes.badInput
  override readonly name = 'InputError'
}

/** The environment did not start or a tool is missing: exit 4. */
export class EnvironmentError extends Error {
  readonly exitCode = exitCodes.environment
  override readonly name = 'EnvironmentError'
}

export interface Place {
  readonly file: string
  /** Counted from 1; absent where the format has no lines. */
  readonly line?: number
  readonly column?: number
  /** RFC 6901, for instance `/dependencies/0/routes/1/timeout_ms`. */
  readonly pointer?: string
}

/** `file:line:column (pointer)`, leaving out what is not known. */
export function formatPlace(place: Place): string {
  const line = place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`
  return `${place.file}${line}${place.pointer ? ` (${place.pointer})` : ''}`
}
