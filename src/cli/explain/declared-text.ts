// What is declared for a request, in words, each promise with its line in the config.

import { relative } from 'node:path'
import { formatPlace } from '../../core/errors.ts'
import type { ConfigLine } from '../../core/verdict.ts'
import type { DeclaredRoute } from '../../mesh/policy.ts'
import type { ExplainedRequest } from './explanation.ts'

export function declaredText({ declared }: ExplainedRequest): readonly string[] {
  if (declared === undefined) return ['no route is declared for it, or its history has a gap']
  const { route, lines } = declared
  const { retry } = route
  const line = (text: string, ...keys: readonly string[]) => `${text}${placeIn(lines, keys)}`
  return [
    line(`route ${matchText(route.match)} to ${targetText(route)}`, 'route'),
    line(route.timeoutMs === 0 ? 'no route timeout' : `route timeout ${route.timeoutMs} ms`, 'timeout', 'route'),
    ...(retry === undefined
      ? ['no retries']
      : [
          line(`up to ${retry.retries} retries on ${retry.on.join(', ')}`, 'retries', 'retryOn'),
          ...(retry.perTryTimeoutMs === undefined ? [] : [line(`${retry.perTryTimeoutMs} ms per try`, 'perTry')]),
          `back-off below ${retry.backOffBaseMs} ms before the first retry, doubling, at most ${retry.backOffMaxMs} ms`,
        ]),
    ...(route.unmodelled === undefined ? [] : [`not modelled: ${route.unmodelled}; only the cluster is judged`]),
  ]
}

function matchText({ kind, value, methods, headers, query, grpcOnly }: DeclaredRoute['match']): string {
  const conditions = [
    ...(methods === undefined ? [] : [methods.join(' or ')]),
    ...(headers ?? []).map(({ name }) => `header ${name}`),
    ...(query ?? []).map(({ name }) => `query ${name}`),
    ...(grpcOnly === true ? ['gRPC only'] : []),
  ]
  return `${kind} ${value}${conditions.length === 0 ? '' : ` (${conditions.join(', ')})`}`
}

function targetText({ cluster, weighted = [], shadows = [], answers }: Omit<DeclaredRoute, 'lines'>): string {
  const copies = shadows.length === 0 ? '' : `, copies to ${shadows.map((one) => one.cluster).join(', ')}`
  if (answers !== undefined) return `nowhere: it answers ${answers.status} by itself`
  const shares = weighted.map((one) => `${one.cluster} (weight ${one.weight})`)
  return `${shares.length === 0 ? `cluster ${cluster}` : `one of ${shares.join(', ')}`}${copies}`
}

function placeIn(lines: Readonly<Record<string, ConfigLine>>, keys: readonly string[]): string {
  const found = keys.map((key) => lines[key]).find((one) => one !== undefined)
  return found === undefined ? '' : `   ${nearPlace(found)}`
}

/** `mesh/book.yaml:12`, from here where it lies below. */
export function nearPlace({ file, line }: ConfigLine): string {
  const near = relative(process.cwd(), file)
  return formatPlace({ file: near.startsWith('..') ? file : near, ...(line === undefined ? {} : { line }) })
}
