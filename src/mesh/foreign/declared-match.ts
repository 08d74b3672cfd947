// The conditions of a foreign route. A condition that this model cannot decide makes the route match `perhaps`.

import type { DeclaredMatcher, DeclaredRoute } from '../policy.ts'
import { re2 } from '../re2.ts'
import type { Json, JsonObject } from '../xds.ts'
import { fractionOf, numberOf, objectOf, objectsOf, textOf } from './declared-fields.ts'
import type { Reading } from './declared-place.ts'

type Match = DeclaredRoute['match']

export function declaredMatch(matcher: JsonObject, config: JsonObject, reading: Reading): Match {
  const path = pathOf(matcher)
  const headers = objectsOf(matcher.headers).map(headerMatcher)
  const query = objectsOf(matcher.query_parameters).map(queryMatcher)
  const known = headers.filter((one) => one !== undefined)
  const methods = known.flatMap((one) => [methodsOf(one) ?? []].filter((some) => some.length > 0))
  const others = known.filter((one) => methodsOf(one) === undefined)
  const ratio = matcher.runtime_fraction === undefined ? undefined : fractionAtRun(matcher.runtime_fraction, reading)
  const undecided = [
    path.perhaps,
    headers.includes(undefined) ? 'a header matcher' : undefined,
    query.includes(undefined) ? 'a query matcher' : undefined,
    (matcher.dynamic_metadata ?? matcher.tls_context ?? matcher.filter_state ?? matcher.cookies)
      ? 'metadata'
      : undefined,
    config.ignore_path_parameters_in_path_matching === true ? 'path parameters are ignored' : undefined,
  ].find((words) => words !== undefined)
  const grpcOnly = matcher.grpc !== undefined
  const ignoreCase = matcher.case_sensitive === false && path.kind !== 'regex'
  return {
    kind: path.kind,
    value: path.value,
    ...(ignoreCase && { ignoreCase: true }),
    ...(methods.length > 0 && { methods: methods.reduce((left, right) => left.filter((one) => right.includes(one))) }),
    ...(others.length > 0 && { headers: others }),
    ...(query.some((one) => one !== undefined) && { query: query.filter((one) => one !== undefined) }),
    ...(grpcOnly && { grpcOnly: true }),
    ...(ratio !== undefined && ratio < 1 && { ratio }),
    ...(undecided !== undefined && { perhaps: undecided }),
  }
}

function pathOf(matcher: JsonObject): Pick<Match, 'kind' | 'value' | 'perhaps'> {
  const { prefix, path, path_separated_prefix: separated, safe_regex } = matcher
  if (typeof path === 'string') return { kind: 'path', value: path }
  if (typeof separated === 'string') return { kind: 'path-prefix', value: separated }
  if (typeof prefix === 'string') return { kind: 'prefix', value: prefix }
  const regex = textOf(objectOf(safe_regex)?.regex)
  if (regex !== undefined && compiles(regex)) return { kind: 'regex', value: regex }
  return { kind: 'prefix', value: '', perhaps: 'a path matcher' }
}

function compiles(regex: string): boolean {
  try {
    re2(regex)
    return true
  } catch {
    return false
  }
}

/** `GET`, or `GET|HEAD` with or without brackets and anchors. */
function methodsOf({ name, kind, value, invert, ignoreCase }: DeclaredMatcher): readonly string[] | undefined {
  if (name !== ':method' || invert || ignoreCase) return undefined
  if (kind === 'exact') return [value]
  const simple = kind === 'regex' ? /^\^?\(?(?:\?:)?([A-Z]+(?:\|[A-Z]+)*)\)?\$?$/.exec(value)?.[1] : undefined
  return simple?.split('|')
}

/** Nothing where this model cannot say what it means. */
function headerMatcher(one: JsonObject): DeclaredMatcher | undefined {
  const name = textOf(one.name)?.toLowerCase()
  if (name === undefined || one.range_match !== undefined) return undefined
  const inverted = one.invert_match === true
  const tail = { ...(one.treat_missing_header_as_empty === true && { missingIsEmpty: true as const }) }
  const text = stringMatcher(oldStyle(one) ?? objectOf(one.string_match))
  if (text !== undefined) return { name, ...text, ...(inverted && { invert: true }), ...tail }
  if (one.string_match !== undefined) return undefined
  const absent = one.present_match === false
  return { name, kind: 'present', value: '', ...(inverted !== absent && { invert: true }), ...tail }
}

/** Before `string_match` each way to compare was a field of its own. */
function oldStyle(one: JsonObject): JsonObject | undefined {
  for (const way of ['exact', 'prefix', 'suffix', 'contains', 'safe_regex']) {
    const value = one[`${way}_match`]
    if (value !== undefined) return { [way]: value }
  }
  return undefined
}

function stringMatcher(one: JsonObject | undefined): Omit<DeclaredMatcher, 'name'> | undefined {
  if (one === undefined) return undefined
  const ignoreCase = one.ignore_case === true ? { ignoreCase: true as const } : {}
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    const value = textOf(one[kind])
    if (value !== undefined) return { kind, value, ...ignoreCase }
  }
  const regex = textOf(objectOf(one.safe_regex)?.regex)
  return regex !== undefined && compiles(regex) ? { kind: 'regex', value: regex } : undefined
}

function queryMatcher(one: JsonObject): DeclaredMatcher | undefined {
  const name = textOf(one.name)
  if (name === undefined) return undefined
  const text = stringMatcher(objectOf(one.string_match))
  if (text !== undefined) return { name, ...text }
  return one.string_match === undefined ? { name, kind: 'present', value: '' } : undefined
}

/** A RuntimeFractionalPercent: its key in the runtime, which has whole percents, wins over the default. */
export function fractionAtRun(value: Json, { runtime }: Pick<Reading, 'runtime'>): number {
  const fraction = objectOf(value)
  const key = textOf(fraction?.runtime_key)
  const set = key === undefined ? undefined : runtime.get(key)
  const whole = numberOf(set)
  if (whole !== undefined) return Math.min(1, whole / 100)
  return fractionOf(set) ?? fractionOf(fraction?.default_value) ?? 1
}
