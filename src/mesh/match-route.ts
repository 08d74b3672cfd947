// Which routes a request may take, as Envoy's router chooses: the virtual host by its domains, then the first route whose
// conditions all hold. Chance (`ratio`) and conditions that nobody can decide here leave several routes possible; they are
// all given, in order.

import { effectiveHost, effectivePath } from './effective-path.ts'
import { type Holds, holds, isOfEnvoy } from './match-conditions.ts'
import type { DeclaredPolicy, DeclaredRoute, DeclaredVirtualHost, RoutedRequest } from './policy.ts'
import { matchesWhole } from './re2.ts'

/** The first route that may be taken; where there is neither chance nor doubt, the one that is. */
export function matchRoute(policy: DeclaredPolicy, request: RoutedRequest): DeclaredRoute | undefined {
  return possibleRoutes(policy, request)[0]
}

/**
 * Every route that the request may take, and nothing in the last place where it may find none. A request that its listener
 * turns away before routing (`effectivePath`) finds none.
 */
export function possibleRoutes(
  policy: DeclaredPolicy,
  request: RoutedRequest,
): readonly [DeclaredRoute | undefined, ...(DeclaredRoute | undefined)[]] {
  const listener = listenerOf(policy, request.listener)
  const path = effectivePath(request.path, listener)
  if (path.kind !== 'path') return [undefined]
  const host = effectiveHost(request.host, listener)
  const virtualHost = virtualHostOf(policy, host, listener?.name)
  const asSeen = { ...request, host, path: path.path }
  const possible: DeclaredRoute[] = []
  for (const route of virtualHost?.routes ?? []) {
    const answer = routeHolds(route, asSeen)
    if (answer === 'no') continue
    possible.push(route)
    if (answer === 'yes') return nonEmpty(possible)
  }
  return [...possible, undefined] as unknown as ReturnType<typeof possibleRoutes>
}

function nonEmpty(routes: readonly DeclaredRoute[]): ReturnType<typeof possibleRoutes> {
  const [first, ...rest] = routes
  return [first, ...rest]
}

/** The listener of this name, or the first that speaks HTTP. */
export function listenerOf({ listeners }: DeclaredPolicy, name: string | undefined) {
  return listeners?.find((one) => one.name === name) ?? (name === undefined ? listeners?.[0] : undefined)
}

function virtualHostOf(
  policy: DeclaredPolicy,
  host: string,
  listener: string | undefined,
): DeclaredVirtualHost | undefined {
  const own = policy.virtualHosts.filter((one) => one.listener === undefined || one.listener === listener)
  const ignoresPort = own.some(({ ignorePort }) => ignorePort === true)
  const wanted = asciiLower(ignoresPort ? host.replace(/:\d+$/, '') : host)
  let best: { readonly rank: number; readonly virtualHost: DeclaredVirtualHost } | undefined
  for (const virtualHost of own) {
    for (const domain of virtualHost.domains) {
      const rank = domainRank(asciiLower(domain), wanted)
      if (rank !== undefined && (best === undefined || rank > best.rank)) best = { rank, virtualHost }
    }
  }
  return best?.virtualHost
}

/** Hosts are this long at most, so kinds of domains never overlap. */
const hostMax = 100_000

/** Exact before the longest suffix before the longest prefix before the star. A star stands for at least one character. */
function domainRank(domain: string, host: string): number | undefined {
  if (domain === '*') return 0
  if (domain.startsWith('*')) {
    const suffix = domain.slice(1)
    return host.endsWith(suffix) && host.length > suffix.length ? 2 * hostMax + suffix.length : undefined
  }
  if (domain.endsWith('*')) {
    const prefix = domain.slice(0, -1)
    return host.startsWith(prefix) && host.length > prefix.length ? hostMax + prefix.length : undefined
  }
  return domain === host ? 3 * hostMax : undefined
}

function routeHolds(route: DeclaredRoute, request: RoutedRequest): Holds {
  const { methods, headers = [], query = [], grpcOnly, ratio = 1, perhaps } = route.match
  if (ratio === 0 || !pathHolds(route.match, request.path)) return 'no'
  if (methods !== undefined && !methods.includes(request.method)) return 'no'
  const sent = sentHeaders(request)
  if (grpcOnly && !/^application\/grpc(\+.*)?$/.test(sent['content-type'] ?? '')) return 'no'
  const answers = [
    ...headers.map((matcher) => holds(matcher, sent, isOfEnvoy)),
    ...query.map((matcher) => holds(matcher, queryOf(request.path))),
  ]
  if (answers.includes('no')) return 'no'
  return answers.includes('perhaps') || ratio < 1 || perhaps !== undefined ? 'perhaps' : 'yes'
}

function pathHolds({ kind, value, ignoreCase }: DeclaredRoute['match'], path: string): boolean {
  const bare = pathWithoutQuery(path)
  if (kind === 'regex') return matchesWhole(value, bare)
  const [have, want] = ignoreCase ? [asciiLower(bare), asciiLower(value)] : [bare, value]
  if (kind === 'path') return have === want
  if (kind === 'prefix') return have.startsWith(want)
  return have === want || have.startsWith(`${want}/`)
}

export function pathWithoutQuery(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path
}

function sentHeaders({ headers = {}, method, host, path }: RoutedRequest): Readonly<Record<string, string>> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()])
  return { ...Object.fromEntries(lower), ':method': method, ':authority': host, ':path': path, host }
}

/** The first of each name; neither names nor values are decoded. */
function queryOf(path: string): Readonly<Record<string, string>> {
  const at = path.indexOf('?')
  const query: Record<string, string> = {}
  if (at < 0) return query
  for (const pair of path.slice(at + 1).split('&')) {
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    if (!(name in query)) query[name] = equals < 0 ? '' : pair.slice(equals + 1)
  }
  return query
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
