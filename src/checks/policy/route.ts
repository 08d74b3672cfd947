// Rule `route`: a request goes to the cluster of the first declared route that matches, with method and path as they were
// sent; where no route is declared it gets 404, and nowhere else. Routes to the same cluster that differ in policy only
// are told apart by the rules about attempts and timers.

import { type DeclaredPolicy, type DeclaredRoute, matchRoute } from '../../mesh/policy.ts'
import { configLine, type Judgement, nameOf, type WholeRequest } from './rule.ts'

export const route = {
  name: 'route',
  about: 'it goes to another cluster than the declared one, or is turned away although a route is declared',
} as const

export function declaredRouteOf(request: WholeRequest, policy: DeclaredPolicy): DeclaredRoute | undefined {
  return matchRoute(policy, request.sent)
}

export function judgeRoute(request: WholeRequest, policy: DeclaredPolicy): Judgement {
  const { logged, sent, seen } = request
  // A client that left before the router could look tells nothing about routes.
  if (logged.flags.includes('DC') && logged.cluster === '') return 'not-asked'
  const declared = declaredRouteOf(request, policy)
  const turnedAway = logged.flags.includes('NR')
  if (declared === undefined) {
    if (turnedAway && logged.code === 404) return 'kept'
    const observed = placeOf(request)
    return { message: `${nameOf(request)} has no declared route but was served`, expected: '404, no route', observed }
  }
  const config = configLine(declared.lines, 'route')
  const expected = `cluster ${declared.cluster}`
  if (turnedAway || logged.cluster !== declared.cluster || logged.flags.includes('NC')) {
    return {
      message: `${nameOf(request)} did not take its declared route`,
      expected,
      observed: placeOf(request),
      ...config,
    }
  }
  const changed = seen.find((one) => one.method !== sent.method || one.path !== sent.path)
  if (changed !== undefined) {
    const observed = `${changed.method} ${changed.path}`
    return { message: `${nameOf(request)} was rewritten`, expected: `${sent.method} ${sent.path}`, observed, ...config }
  }
  return 'kept'
}

function placeOf({ logged }: WholeRequest): string {
  if (logged.flags.includes('NR')) return `404, no route`
  if (logged.flags.includes('NC')) return `${logged.code}, the cluster is unknown to Envoy`
  if (logged.cluster === '') return `${logged.code} (${logged.details}), no cluster`
  return `cluster ${logged.cluster}, ${logged.code}`
}
