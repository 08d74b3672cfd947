// Rule `path`: a path that is not in its simplest form comes upstream as the listener declares to make of it, or is refused
// with 400, or sent back with 307. Which route it then takes, and what that makes of the path, is for `policy`.

import { effectivePath } from '../../mesh/effective-path.ts'
import { configOf, type EdgeAround, type EdgeRequest, type EdgeRule, nameOf, outcomeOf } from './rule.ts'

export const path: EdgeRule = {
  name: 'path',
  about: 'its path comes upstream in another form than declared, or is refused or sent back in another way',
  judge(request, around) {
    const { sent, logged, seen, answered } = request
    if (isSimplest(sent.path)) return 'not-asked'
    const declared = effectivePath(sent.path, around.listener)
    const isHandled = logged.details === 'path_normalization_failed'
    const violation = (expected: string, observed = outcomeOf(request)) => ({
      message: `${nameOf(request)} was not handled as declared`,
      expected,
      observed,
      ...configOf(around, lineOf(around)),
    })
    if (declared.kind === 'path') {
      if (isHandled) return violation(`path ${declared.path}`)
      if (seen.length === 0 || around.routes.some((route) => route?.pathRewrite !== undefined)) return 'not-asked'
      const other = seen.find((one) => one.path !== declared.path)
      return other === undefined ? 'kept' : violation(`path ${declared.path} upstream`, `path ${other.path} upstream`)
    }
    if (declared.kind === 'rejected') {
      return isHandled && logged.code === 400 && seen.length === 0 ? 'kept' : violation('400')
    }
    const expected = `307 to ${declared.location}`
    if (!isHandled || logged.code !== 307 || seen.length > 0) return violation(expected)
    const location = locationOf(request)
    if (answered.status === undefined || location === declared.location) return 'kept'
    return violation(expected, `307 to ${location ?? 'nowhere'}`)
  },
}

/** Nothing that any setting could do would change it. */
function isSimplest(sent: string): boolean {
  const simplest = effectivePath(sent, { normalizePath: true, mergeSlashes: true, escapedSlashes: 'forward' })
  return simplest.kind === 'path' && simplest.path === sent
}

function locationOf({ answered }: EdgeRequest): string | undefined {
  return answered.headers?.location
}

function lineOf({ listener }: EdgeAround): string {
  if (listener.escapedSlashes !== undefined) return 'escapedSlashes'
  return listener.normalizePath ? 'normalizePath' : 'mergeSlashes'
}
