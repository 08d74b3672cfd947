// Conditions of routes on headers and query parameters. What Envoy itself puts into a request, and a scenario cannot know,
// makes a condition undecided: `perhaps`.

import type { DeclaredMatcher } from './policy.ts'
import { matchesWhole } from './re2.ts'

export type Holds = 'yes' | 'no' | 'perhaps'

/** Headers that the listener sets, changes or takes away before it looks for a route. */
export const isOfEnvoy = (name: string): boolean =>
  name.startsWith('x-forwarded-') || name.startsWith('x-envoy-') || ofEnvoy.has(name)
const ofEnvoy = new Set([
  ...['x-request-id', ':scheme', ':protocol', 'via', 'connection', 'keep-alive', 'te', 'upgrade', 'expect'],
  ...['content-length', 'transfer-encoding', 'traceparent', 'tracestate'],
])

/** @param undecided names whose values are not what was sent */
export function holds(
  matcher: DeclaredMatcher,
  values: Readonly<Record<string, string>>,
  undecided: (name: string) => boolean = () => false,
): Holds {
  const { name, kind, invert, missingIsEmpty } = matcher
  if (undecided(name)) return 'perhaps'
  const present = missingIsEmpty === true || Object.hasOwn(values, name)
  if (kind === 'present') return present === (invert !== true) ? 'yes' : 'no'
  if (!present) return 'no'
  return fits(matcher, values[name] ?? '') === (invert !== true) ? 'yes' : 'no'
}

function fits({ kind, value, ignoreCase }: DeclaredMatcher, text: string): boolean {
  if (kind === 'regex') return matchesWhole(value, text)
  const [have, want] = ignoreCase ? [text.toLowerCase(), value.toLowerCase()] : [text, value]
  if (kind === 'prefix') return have.startsWith(want)
  if (kind === 'suffix') return have.endsWith(want)
  if (kind === 'contains') return have.includes(want)
  return have === want
}
