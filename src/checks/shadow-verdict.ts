// From what was counted of copies to a verdict. A copy that is still under way at the end is no copy that is missing.

import type { Conclusion, Finding } from '../core/verdict.ts'
import { binomialTwoSided, falseAlarmAlpha, trialsToTellFromNone } from '../stats/exact-interval.ts'
import { nothingSeen } from './finding-list.ts'
import { configLine } from './policy/rule.ts'
import { type ShadowFigures, type ShadowShare, slowerMs } from './shadow-story.ts'

/** What the machine may hold up by chance. */
const heldRatioMax = 0.05

/** @param openOf copies that were still under way to a cluster at the end; infinity where nobody knows */
export function concludeShadows(
  figures: ShadowFigures,
  outlivedMin: number,
  openOf: (cluster: string) => number,
): Conclusion {
  const { findings, requests, copies, skipped, outlived, slow, held, shares } = figures
  if (requests === 0 && findings.count() === 0) {
    return nothingSeen('no request took a route that declares copies', skipped)
  }
  if (slow > 0 && held.length / slow > heldRatioMax) for (const finding of held) findings.add(finding)
  const tests = [...shares.values()]
  const alpha = falseAlarmAlpha / tests.length
  for (const share of tests)
    for (const finding of wrongShare(share, alpha, openOf(share.cluster))) findings.add(finding)
  const seen = `${copies} copies of ${requests} requests; ${outlived} copies outlived the answer, ${slow} by ${slowerMs} ms or more`
  const told = {
    looked: requests,
    ...(skipped > 0 && { skipped }),
    figures: {
      requestsCount: requests,
      copiesCount: copies,
      outlivedCount: outlived,
      slowCount: slow,
      heldCount: held.length,
    },
    ...findings.told(),
  }
  if (findings.count() > 0) return { verdict: 'fail', summary: `${seen}: ${findings.count()} findings`, ...told }
  const doubt = doubtAbout(figures, outlivedMin, openOf)
  if (doubt !== undefined) return { verdict: 'inconclusive', summary: `${seen}: ${doubt}`, ...told }
  return { verdict: 'pass', summary: `${seen}; nobody waited`, ...told }
}

function wrongShare(share: ShadowShare, alpha: number, open: number): readonly Finding[] {
  const { ratio, route, hits, requests, missing } = share
  if (ratio === 1) return missing.length > open ? missing : []
  const most = Math.min(requests, hits + open)
  if (hits <= requests * ratio && most >= requests * ratio) return []
  const chance = Math.max(binomialTwoSided(hits, requests, ratio), binomialTwoSided(most, requests, ratio))
  if (chance > alpha) return []
  const message = `${hits} of ${requests} requests were copied to ${share.cluster}, which a share of ${ratio} gives with a chance of ${chance.toExponential(1)} only`
  const line = configLine(route.lines, 'shadow', 'route')
  return [{ rule: 'shadow', message, expected: String(ratio), observed: String(hits / requests), ...line }]
}

function doubtAbout(
  { shares, outlived }: ShadowFigures,
  outlivedMin: number,
  openOf: (cluster: string) => number,
): string | undefined {
  for (const { cluster, ratio, requests, missing } of shares.values()) {
    if (missing.length > 0 && openOf(cluster) === Number.POSITIVE_INFINITY) {
      return `${missing.length} copies may still be under way to ${cluster}, Envoy's counters do not tell`
    }
    if (requests < trialsToTellFromNone(ratio)) return `too few requests to tell a share of ${ratio} from none`
  }
  if (outlived >= outlivedMin) return undefined
  return `at least ${outlivedMin} were to outlive it, so that waiting would have shown`
}
