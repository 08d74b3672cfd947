// Guesses requests that a route may match: its virtual host's domains, its path by example, a method, and the headers and
// query parameters that it asks for. Only what the load generator can send; whether they match is not decided here.

import type {
  DeclaredCluster,
  DeclaredMatcher,
  DeclaredPolicy,
  DeclaredRoute,
  DeclaredVirtualHost,
} from '../../mesh/policy.ts'
import { examplesOfRegex } from './example-of-regex.ts'

export interface ExampleRequest {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly listener?: string
  readonly isGrpc: boolean
}

const guessesMax = 400
const sendableMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
const sendableHost = /^[\w.:[\]-]{1,255}$/
const sendablePath = /^\/[\x21-\x7e]{0,2000}$/
const reservedHeaders = ['host', 'content-length', 'transfer-encoding', 'connection', 'content-type', 'te']
const grpcConditions = ['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']

/** The best guess first. */
export function exampleRequests(
  virtualHost: DeclaredVirtualHost,
  route: DeclaredRoute,
  { isSplit, isGrpc }: { readonly isSplit: boolean; readonly isGrpc: boolean },
): readonly ExampleRequest[] {
  const hosts = virtualHost.domains.flatMap(examplesOfDomain).filter((host) => sendableHost.test(host))
  const methods = isGrpc
    ? (route.match.methods ?? ['POST']).filter((method) => method === 'POST')
    : (route.match.methods ?? sendableMethods).filter((method) => sendableMethods.includes(method))
  const queries = combinations(route.match.query ?? [])
  const paths = examplesOfPath(route.match, isGrpc)
    .flatMap((path) => queries.map((query) => withQuery(path, query)))
    .filter((path) => sendablePath.test(path))
  const headerSets = combinations(route.match.headers ?? []).filter((headers) => isSendable(headers, isGrpc))
  const listener = isSplit && virtualHost.listener !== undefined ? { listener: virtualHost.listener } : {}
  const guesses: ExampleRequest[] = []
  for (const host of hosts) {
    for (const method of methods.slice(0, 2)) {
      for (const path of paths) {
        for (const headers of headerSets) {
          if (guesses.length >= guessesMax) return guesses
          const sent = isGrpc
            ? Object.fromEntries(Object.entries(headers).filter(([name]) => name !== grpcType))
            : headers
          guesses.push({ host, method, path, headers: sent, ...listener, isGrpc })
        }
      }
    }
  }
  return guesses
}

const grpcType = 'content-type'

/**
 * A route that takes nothing else, one that retries by gRPC's own statuses, a method's own path, or hosts by discovery
 * behind an entry of ours, which is how client-side balancing of gRPC is told.
 */
export function speaksGrpc(
  { listeners }: DeclaredPolicy,
  { protocol, discovery }: DeclaredCluster,
  { match, retry }: DeclaredRoute,
): boolean {
  if (match.grpcOnly === true) return true
  if (protocol !== 'HTTP/2') return false
  if (/^\/[\w.]+\.\w+(\/\w*)?$/.test(match.value)) return true
  if (discovery === 'eds' && listeners === undefined) return true
  return retry?.on.some((condition) => grpcConditions.includes(condition)) ?? false
}

function examplesOfDomain(domain: string): readonly string[] {
  if (domain === '*') return ['service.test', 'localhost']
  if (domain.startsWith('*')) return [`any${domain.slice(1)}`, `any-${domain.slice(1)}`]
  if (domain.endsWith('*')) return [`${domain.slice(0, -1)}test`, `${domain.slice(0, -1)}80`]
  return [domain]
}

function examplesOfPath({ kind, value }: DeclaredRoute['match'], isGrpc: boolean): readonly string[] {
  if (kind === 'path') return [value]
  if (kind === 'regex') return examplesOfRegex(value)
  const deeper = isGrpc ? [`${value}/Call`, `${value}Call`, `${value}example.Service/Call`] : []
  const inside = value.endsWith('/') ? [`${value}example`] : [`${value}/example`, `${value}example`, `${value}?example`]
  const whole = isGrpc && value === '/' ? ['/example.Service/Call'] : [value]
  return [...new Set([...(isGrpc && value !== '/' ? deeper.slice(0, 2) : []), ...whole, ...inside, ...deeper])]
}

type Values = Readonly<Record<string, string>>

/** Every choice of an example for each matcher, at most a few dozen. */
function combinations(matchers: readonly DeclaredMatcher[]): readonly Values[] {
  return matchers.reduce<readonly Values[]>(
    (sets, matcher) =>
      sets
        .flatMap((set) =>
          examplesOfMatcher(matcher).map((value) => (value === undefined ? set : { ...set, [matcher.name]: value })),
        )
        .slice(0, 64),
    [{}],
  )
}

/** `undefined`: leave it out. */
function examplesOfMatcher({ kind, value, invert }: DeclaredMatcher): readonly (string | undefined)[] {
  if (invert === true) return kind === 'present' ? [undefined] : [undefined, 'another', 'x']
  if (kind === 'present') return ['any']
  if (kind === 'regex') return examplesOfRegex(value)
  if (kind === 'exact') return [value]
  return [value, kind === 'prefix' ? `${value}x` : `x${value}`]
}

function isSendable(headers: Values, isGrpc: boolean): boolean {
  return Object.entries(headers).every(([name, value]) => {
    if (isGrpc && name.toLowerCase() === grpcType) return true
    const isName = /^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$/.test(name) && !reservedHeaders.includes(name.toLowerCase())
    return isName && !name.toLowerCase().startsWith('x-shaketable-') && /^[\t\x20-\x7e]{0,1000}$/.test(value)
  })
}

function withQuery(path: string, query: Values): string {
  const text = Object.entries(query)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  if (text === '') return path
  return `${path}${path.includes('?') ? '&' : '?'}${text}`
}
