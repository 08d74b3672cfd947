// One request with its copies, judged: the copies went where the route says, once each, and neither answered nor held up
// their original. What takes many requests to tell (shares, a machine that is slow) is only counted here.

import type { AttemptLogged, AttemptSeen, RequestAnswered, RequestLogged, RequestSent } from '../core/history.ts'
import type { Finding } from '../core/verdict.ts'
import type { DeclaredRoute } from '../mesh/policy.ts'
import { findingList } from './finding-list.ts'
import { configLine } from './policy/rule.ts'

/** A copy that lasts so much longer than its original shows whether anybody waits for it. */
export const slowerMs = 100

export interface Story {
  sent?: RequestSent
  answered?: RequestAnswered
  logged?: RequestLogged
  lastAttempt?: AttemptLogged
  readonly copies: AttemptSeen[]
}

/** The only possible one that leads to where the request went. */
export function routeTaken(possible: readonly (DeclaredRoute | undefined)[], { cluster }: RequestLogged) {
  const fitting = possible.filter(
    (route) => route?.cluster === cluster || route?.weighted?.some((share) => share.cluster === cluster),
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

/** One declared copy of one route. */
export interface ShadowShare {
  readonly cluster: string
  readonly ratio: number
  readonly route: DeclaredRoute
  hits: number
  requests: number
  /** Where every request is to be copied, those that were not. */
  readonly missing: Finding[]
}

export interface ShadowFigures {
  readonly findings: ReturnType<typeof findingList>
  /** Of routes that declare copies. */
  requests: number
  copies: number
  skipped: number
  /** Answered while the copy was under way. */
  outlived: number
  slow: number
  held: Finding[]
  readonly shares: Map<string, ShadowShare>
}

export function newShadowFigures(skipped: number): ShadowFigures {
  const findings = findingList()
  return { findings, requests: 0, copies: 0, skipped, outlived: 0, slow: 0, held: [], shares: new Map() }
}

export function judgeStory(figures: ShadowFigures, story: Story, route: DeclaredRoute): void {
  const { sent, logged, copies } = story
  const { shadows = [] } = route
  if (sent === undefined || logged === undefined) return
  const wrong = copies.find((copy) => !shadows.some(({ cluster }) => cluster === copy.cluster))
  const say = (message: string, expected: string, observed: string) =>
    figures.findings.add({
      ...{ rule: 'shadow', message, expected, observed, requestId: sent.id },
      ...configLine(route.lines, 'shadow', 'route'),
    })
  const name = `${sent.method} ${sent.host}${sent.path}`
  if (wrong !== undefined) {
    const places = shadows.map(({ cluster }) => cluster).join(' and ') || 'no copies'
    say(`a copy of ${name} went to ${wrong.cluster}`, places, wrong.cluster)
  }
  if (shadows.length === 0) return
  figures.requests++
  figures.copies += copies.length
  for (const declared of shadows) judgeArrival(figures, story, route, declared, say)
  judgeCopies(figures, story, say)
}

type Say = (message: string, expected: string, observed: string) => void

function judgeArrival(
  figures: ShadowFigures,
  { sent, logged, copies }: Story,
  route: DeclaredRoute,
  { cluster, ratio }: { readonly cluster: string; readonly ratio: number },
  say: Say,
): void {
  const count = copies.filter((copy) => copy.cluster === cluster).length
  const name = `${sent?.method} ${sent?.host}${sent?.path}`
  if (count > 1) {
    say(`${name} was copied ${count} times to ${cluster}`, 'one copy', `${count} copies`)
    return
  }
  // A request that never reached a host may have been refused before it was copied.
  if (sent === undefined || logged?.attempts === 0) {
    figures.skipped++
    return
  }
  const key = JSON.stringify([cluster, ratio, route.lines.route])
  const share = figures.shares.get(key) ?? { cluster, ratio, route, hits: 0, requests: 0, missing: [] }
  figures.shares.set(key, share)
  share.hits += count
  share.requests++
  if (ratio < 1 || count > 0) return
  const message = `no copy of ${name} arrived at ${cluster}`
  const line = configLine(route.lines, 'shadow', 'route')
  share.missing.push({ rule: 'shadow', message, expected: 'one copy', observed: 'none', requestId: sent.id, ...line })
}

/** What a copy does to its original: nothing. */
function judgeCopies(figures: ShadowFigures, { sent, answered, logged, lastAttempt, copies }: Story, say: Say): void {
  if (logged === undefined || lastAttempt === undefined) return
  const name = `${sent?.method} ${sent?.host}${sent?.path}`
  for (const copy of copies) {
    if (copy.method !== sent?.method) say(`the copy of ${name} has another method`, `${sent?.method}`, copy.method)
    if (copy.atMs > logged.atMs) figures.outlived++
    const aheadMs = copy.atMs - lastAttempt.atMs
    if (aheadMs < slowerMs) continue
    figures.slow++
    const waitedMs = logged.atMs - lastAttempt.atMs
    if (waitedMs <= aheadMs / 2) continue
    const message = `${name} waited ${waitedMs.toFixed(0)} ms for its copy`
    const observed = `${waitedMs.toFixed(0)} ms after its last attempt ended`
    figures.held.push({ rule: 'shadow', message, expected: 'answered at once', observed, requestId: logged.id })
  }
  const ofCopy = copies.find(({ code }) => code > 0 && code === answered?.status && code !== lastAttempt.code)
  // An answer of Envoy's own may bear the same status by chance.
  if (ofCopy === undefined || logged.details !== 'via_upstream') return
  say(`${name} was answered with what its copy got`, `${lastAttempt.code}`, `${ofCopy.code} from ${ofCopy.cluster}`)
}
