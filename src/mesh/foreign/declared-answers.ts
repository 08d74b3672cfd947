// Routes that answer by themselves, and paths that are rewritten on the way.

import type { DeclaredPathRewrite, DeclaredRedirect, DeclaredRoute } from '../policy.ts'
import type { JsonObject } from '../xds.ts'
import { firstOf, numberOf, objectOf, textOf } from './declared-fields.ts'

const redirectStatuses: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
}

export function declaredAnswers(route: JsonObject): DeclaredRoute['answers'] | undefined {
  const direct = objectOf(route.direct_response)
  if (direct !== undefined) return { status: numberOf(direct.status) ?? 200 }
  const redirect = objectOf(route.redirect)
  if (redirect === undefined) return undefined
  const code = redirect.response_code
  const status = typeof code === 'number' ? [301, 302, 303, 307, 308][code] : redirectStatuses[textOf(code) ?? '']
  return { status: status ?? 301, redirect: redirectOf(redirect) }
}

function redirectOf(redirect: JsonObject): DeclaredRedirect {
  const scheme = redirect.https_redirect === true ? 'https' : textOf(redirect.scheme_redirect)
  const host = textOf(redirect.host_redirect)
  const port = numberOf(redirect.port_redirect)
  const path = textOf(redirect.path_redirect)
  const rewrite = rewriteIn(redirect)
  return {
    ...(scheme && { scheme }),
    ...(host && { host }),
    ...(port && { port }),
    ...(path && { path }),
    ...(rewrite && { rewrite }),
    ...(redirect.strip_query === true && { stripQuery: true }),
  }
}

export function pathRewriteOf(action: JsonObject): DeclaredPathRewrite | undefined {
  if (firstOf(action, ['path_rewrite_policy', 'path_rewrite']) !== undefined) return { unknown: true }
  return rewriteIn(action)
}

function rewriteIn({ prefix_rewrite, regex_rewrite }: JsonObject): DeclaredPathRewrite | undefined {
  const prefix = textOf(prefix_rewrite)
  if (prefix !== undefined && prefix !== '') return { prefix }
  const rewrite = objectOf(regex_rewrite)
  const regex = textOf(objectOf(rewrite?.pattern)?.regex)
  if (rewrite === undefined || regex === undefined) return undefined
  return { regex, substitution: textOf(rewrite.substitution) ?? '' }
}
