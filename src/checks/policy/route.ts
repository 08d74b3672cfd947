// Rule `route`: a request goes where the first declared route that matches sends it, with method and path as declared, or
// is answered as that route says; where no route is declared it gets 404, and nowhere else. Routes to the same cluster that
// differ in policy only are told apart by the rules about attempts and timers.

import type { TrafficRecord } from '../../core/scenario-record.ts'
import { type DeclaredPolicy, type DeclaredRoute, matchRoute } from '../../mesh/policy.ts'
import { asRouted, type Routing, routing, type TakenRoute } from './routing.ts'
import { configLine, type Judgement, nameOf, type WholeRequest } from './rule.ts'

export const route = {
  name: 'route',
  about: 'it goes to another cluster than the declared one, or is turned away although a route is declared',
} as const

/** The route that the request took, else the first that it may take. */
export function declaredRouteOf(
  request: WholeRequest,
  policy: DeclaredPolicy,
  traffic: readonly TrafficRecord[] = [],
): DeclaredRoute | undefined {
  const routed = routing(request, policy, traffic)
  return routed.kind === 'taken' ? routed.route : matchRoute(policy, asRouted(request, traffic))
}

export function judgeRoute(request: WholeRequest, routed: Routing): Judgement {
  if (routed.kind === 'wrong') return routed.violation
  if (routed.kind === 'not-asked') return 'not-asked'
  return routed.kind === 'taken' ? judgeRewrite(request, routed) : 'kept'
}

function judgeRewrite(request: WholeRequest, { route: declared, path }: TakenRoute): Judgement {
  const { sent, seen } = request
  const changed = seen.find((one) => one.method !== sent.method || (path !== undefined && one.path !== path))
  if (changed === undefined) return 'kept'
  return {
    message: `${nameOf(request)} was rewritten`,
    expected: `${sent.method} ${path ?? 'any path'}`,
    observed: `${changed.method} ${changed.path}`,
    ...(declared.pathRewrite === undefined
      ? configLine(declared.lines, 'route')
      : configLine(declared.lines, 'rewrite', 'route')),
  }
}
