// split: shares as declared pass, wrong ones fail, too few requests tell nothing.

import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { numbered, syntheticHeader, syntheticRequest, syntheticScenario } from '../core/synthetic-history.ts'
import type { Conclusion } from '../core/verdict.ts'
import type { DeclaredPolicy, DeclaredRoute } from '../mesh/policy.ts'
import { plainRoute } from './policy/declared-example.ts'
import { split } from './split.ts'

const weighted: DeclaredRoute = {
  ...plainRoute,
  cluster: 'app',
  weighted: [
    { cluster: 'app', weight: 90 },
    { cluster: 'next', weight: 10 },
  ],
}

function policyWith(...routes: readonly DeclaredRoute[]): DeclaredPolicy {
  return { node: 'n', file: 'envoy.yaml', virtualHosts: [{ name: 'u', domains: ['user'], routes }], clusters: [] }
}

/** `next` of `count` requests go to the next version, evenly. */
function requests(count: number, next: number, firstMs = 0): NewEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const isNext = Math.floor(((index + 1) * next) / count) > Math.floor((index * next) / count)
    const request = { id: `${firstMs}-${index}`, intendedMs: firstMs + index }
    return syntheticRequest(request, 'synthetic', isNext ? 'next' : 'app')
  }).flat()
}

function judged(events: readonly NewEvent[], policy: DeclaredPolicy, config: unknown = {}): Conclusion {
  const scenario = syntheticScenario()
  const header = { ...syntheticHeader([scenario]), declaredPolicy: { synthetic: policy } }
  const check = split.start(split.schema.parse(config), { header, scenario })
  const ordered = [...events].sort((left, right) => left.atMs - right.atMs)
  for (const event of numbered(ordered)) check.observe(event)
  return check.conclude()
}

test.each<[number, number, string]>([
  [1000, 100, 'pass'],
  [1000, 120, 'pass'],
  [1000, 160, 'fail'],
  [1000, 50, 'fail'],
  [1000, 900, 'fail'],
  [1000, 0, 'fail'],
  [60, 6, 'inconclusive'],
  [60, 40, 'fail'],
  [0, 0, 'inconclusive'],
])('of %d requests %d to the tenth: %s', (count, next, verdict) => {
  expect(judged(requests(count, next), policyWith(weighted)).verdict).toBe(verdict)
})

test('a finding names shares and place', () => {
  const { findings } = judged(
    requests(1000, 160),
    policyWith({ ...weighted, lines: { weights: { file: 'e', line: 3, text: 'w' } } }),
  )
  expect(findings[0]).toMatchObject({ rule: 'split', config: { line: 3 } })
  expect(findings.map(({ expected, observed }) => [expected, observed]).toSorted()).toEqual([
    ['10 %', '16 %'],
    ['90 %', '84 %'],
  ])
})

test('a weight of 0 gets nothing at all, and one request is enough to see that it does not', () => {
  const off = {
    ...weighted,
    weighted: [
      { cluster: 'app', weight: 1 },
      { cluster: 'next', weight: 0 },
    ],
  }
  expect(judged(requests(100, 0), policyWith(off)).verdict).toBe('pass')
  expect(judged(requests(100, 1), policyWith(off)).verdict).toBe('fail')
})

test('a share that one route takes before the next', () => {
  const canary = { ...plainRoute, cluster: 'next', match: { ...plainRoute.match, ratio: 0.1 } }
  const policy = policyWith(canary, { ...plainRoute, cluster: 'app' })
  expect(judged(requests(1000, 100), policy).verdict).toBe('pass')
  expect(judged(requests(1000, 200), policy).verdict).toBe('fail')
})

test('routes that leave nothing to chance are not looked at', () => {
  expect(judged(requests(1000, 0), policyWith({ ...plainRoute, cluster: 'app' }))).toMatchObject({
    verdict: 'inconclusive',
    looked: 0,
  })
})

test('each pushed version is judged for itself, and requests that met the push by neither', () => {
  const half = policyWith({
    ...weighted,
    weighted: [
      { cluster: 'app', weight: 1 },
      { cluster: 'next', weight: 1 },
    ],
  })
  const change = (kind: 'config-pushed' | 'config-accepted', atMs: number): NewEvent => ({
    ...{ kind, src: 'xds', scenario: 'synthetic', atMs, type: 'routes', version: '2', detail: '' },
    ...(kind === 'config-pushed' && { declared: half }),
  })
  const pushed = [change('config-pushed', 2000), change('config-accepted', 2010)]
  const shifted = [...requests(1500, 150), ...pushed, ...requests(1500, 750, 1900)]
  const conclusion = judged(shifted, policyWith(weighted))
  expect(conclusion.verdict).toBe('pass')
  expect(conclusion.skipped).toBeGreaterThan(0)
  expect(judged([...requests(1500, 150), ...pushed, ...requests(1500, 150, 1900)], policyWith(weighted)).verdict).toBe(
    'fail',
  )
})

test('a sample that cannot prove it is refused', () => {
  expect(split.unprovable?.({ detect: 0.1 }, 93)).toContain('94 requests')
  expect(split.unprovable?.({ detect: 0.1 }, 94)).toBeUndefined()
})
