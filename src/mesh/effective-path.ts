// What a listener makes of host and path before it looks for a route, as Envoy 1.40 was measured to do it (match-route.live
// .test.ts): escaped slashes first, then dot segments and needless escapes, then doubled slashes. The query is never
// touched. It knows nothing of routes.

import type { DeclaredListener } from './policy.ts'

export type EffectivePath =
  | { readonly kind: 'path'; readonly path: string }
  /** Answered with 400. */
  | { readonly kind: 'rejected' }
  /** Answered with 307. */
  | { readonly kind: 'redirected'; readonly location: string }

export type PathSettings = Pick<DeclaredListener, 'normalizePath' | 'mergeSlashes' | 'escapedSlashes'>

export function effectivePath(path: string, settings: PathSettings = {}): EffectivePath {
  // A fragment must not be sent at all.
  if (path.includes('#')) return { kind: 'rejected' }
  const { normalizePath, mergeSlashes, escapedSlashes } = settings
  const query = path.includes('?') ? path.slice(path.indexOf('?')) : ''
  let bare = path.slice(0, path.length - query.length)
  let redirected = false
  if (escapedSlashes !== undefined && /%2f|%5c/i.test(bare)) {
    if (escapedSlashes === 'reject') return { kind: 'rejected' }
    redirected = escapedSlashes === 'redirect'
    bare = bare.replace(/%2f/gi, '/').replace(/%5c/gi, '\\')
  }
  if (normalizePath) {
    const canonical = canonicalPath(bare)
    if (canonical === undefined) return { kind: 'rejected' }
    bare = canonical
  }
  // Of a path that is nothing but slashes two are left: its first and its last.
  if (mergeSlashes) bare = /^\/{2,}$/.test(bare) ? '//' : bare.replace(/\/{2,}/g, '/')
  const changed = `${bare}${query}`
  return redirected ? { kind: 'redirected', location: changed } : { kind: 'path', path: changed }
}

/** A host as routes are looked up for it, and as upstream sees it where nothing rewrites it. */
export function effectiveHost(
  host: string,
  { stripPort, stripHostDot }: Pick<DeclaredListener, 'stripPort' | 'stripHostDot'> = {},
): string {
  const port = /:(\d+)$/.exec(host)
  const strips = port !== null && (stripPort === 'any' || stripPort === Number(port[1]))
  const bare = strips ? host.slice(0, port.index) : host
  if (stripHostDot !== true) return bare
  return bare.replace(/\.(:\d+)?$/, '$1')
}

/** RFC 3986, sections 6.2.2.2 and 6.2.2.3, as the URL library of Chromium does it. Nothing: it cannot. */
function canonicalPath(path: string): string | undefined {
  if (!path.startsWith('/') || /%00/.test(path)) return undefined
  // A percent sign that begins no escape is escaped itself where, with its neighbours unescaped, it would begin one.
  const marked = path.replace(/\\/g, '/').replace(/%(?![0-9a-f]{2})/gi, '\ue000')
  const unescaped = marked
    .replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
      const char = String.fromCharCode(Number.parseInt(hex, 16))
      return /[A-Za-z0-9._~-]/.test(char) ? char : escaped
    })
    .replace(/\ue000([0-9a-f]{2})/gi, '%25$1')
    .replaceAll('\ue000', '%')
  const escaped = unescaped.replace(/["<>^`{|}]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const kept: string[] = []
  const segments = escaped.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if (last && (segment === '.' || segment === '..')) kept.push('')
  }
  return `/${kept.join('/')}`
}
