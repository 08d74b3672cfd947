// With which chance a request goes where, by what is declared: one weighted route, or a share of the requests that one route
// takes before the next. Two decisions by chance in a row are not followed: Envoy uses one random number for both.

import type { DeclaredRoute } from '../mesh/policy.ts'

export interface LikelyWays {
  /** The route that decides by chance. */
  readonly route: DeclaredRoute
  /** By cluster; `` `answer 301` `` of a route that answers by itself, and empty where no route is left. */
  readonly chances: ReadonlyMap<string, number>
}

/** Nothing where nothing is left to chance, or more than this model follows. */
export function likelyWays(possible: readonly (DeclaredRoute | undefined)[]): LikelyWays | undefined {
  const [route, next] = possible
  if (route === undefined || route.unmodelled !== undefined || route.match.perhaps !== undefined) return undefined
  if (possible.length === 1) return route.weighted === undefined ? undefined : { route, chances: weightsOf(route) }
  const { ratio } = route.match
  if (possible.length > 2 || ratio === undefined || next?.unmodelled !== undefined) return undefined
  if (route.weighted !== undefined || next?.weighted !== undefined) return undefined
  const chances = new Map([[wayOf(route), ratio]])
  chances.set(wayOf(next), (chances.get(wayOf(next)) ?? 0) + 1 - ratio)
  return { route, chances }
}

function weightsOf({ weighted = [] }: DeclaredRoute): ReadonlyMap<string, number> {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0)
  const chances = new Map<string, number>()
  for (const { cluster, weight } of weighted) chances.set(cluster, (chances.get(cluster) ?? 0) + weight / total)
  return chances
}

function wayOf(route: DeclaredRoute | undefined): string {
  if (route?.answers !== undefined) return `answer ${route.answers.status}`
  return route?.cluster ?? ''
}
