// What a route makes of the path on its way upstream, and of the whole URL in a redirect, as Envoy 1.40 was measured to do
// it (match-route.live.test.ts). Paths are those after the listener's own changes (effective-path.ts).

import { pathWithoutQuery } from './match-route.ts'
import type { DeclaredPathRewrite, DeclaredRoute } from './policy.ts'
import { replaceAll } from './re2.ts'

/** The path that upstream sees. Nothing: this model does not know. */
export function upstreamPath({ pathRewrite, match }: DeclaredRoute, path: string): string | undefined {
  return rewritten(pathRewrite, match, path)
}

function rewritten(
  rewrite: DeclaredPathRewrite | undefined,
  match: DeclaredRoute['match'],
  path: string,
): string | undefined {
  if (rewrite === undefined) return path
  if ('unknown' in rewrite) return undefined
  const bare = pathWithoutQuery(path)
  const query = path.slice(bare.length)
  if ('regex' in rewrite) return replaceAll(rewrite.regex, bare, rewrite.substitution) + query
  // A regular expression and a whole path are replaced as a whole.
  const matched = match.kind === 'prefix' || match.kind === 'path-prefix' ? match.value.length : bare.length
  return rewrite.prefix + path.slice(matched)
}

/** @param scheme that the listener takes the request to have */
export function redirectLocation(
  { answers, match }: DeclaredRoute,
  { host, path, scheme = 'http' }: { readonly host: string; readonly path: string; readonly scheme?: string },
): string | undefined {
  const redirect = answers?.redirect
  if (redirect === undefined) return undefined
  const to = redirect.scheme ?? scheme
  const authority = redirect.host ?? hostWithPort(host, { from: scheme, to, changesPort: redirect.port !== undefined })
  const port = redirect.port === undefined ? '' : `:${redirect.port}`
  const target = redirectPath(redirect, match, path)
  return target === undefined ? undefined : `${to}://${authority}${port}${target}`
}

type Redirect = NonNullable<NonNullable<DeclaredRoute['answers']>['redirect']>

function redirectPath(redirect: Redirect, match: DeclaredRoute['match'], path: string): string | undefined {
  const query = path.slice(pathWithoutQuery(path).length)
  if (redirect.path !== undefined) {
    const own = redirect.path.includes('?')
    return own || redirect.stripQuery ? redirect.path : redirect.path + query
  }
  const given = redirect.stripQuery ? pathWithoutQuery(path) : path
  return rewritten(redirect.rewrite, match, given)
}

/** A port that says no more than the old scheme goes with it, and any where another takes its place. */
function hostWithPort(
  host: string,
  { from, to, changesPort }: { readonly from: string; readonly to: string; readonly changesPort: boolean },
): string {
  const port = /:(\d+)$/.exec(host)
  if (port === null) return host
  const usual = from === 'http' ? '80' : '443'
  const goes = changesPort || (from !== to && port[1] === usual)
  return goes ? host.slice(0, port.index) : host
}
