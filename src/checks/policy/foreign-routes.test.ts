// What foreign configs bring to the oracle: chance, answers of a route's own, rewritten paths and hosts, retry policies of
// other kinds, copies, and what the model does not know.

import { describe, expect, test } from 'vitest'
import type { DeclaredListener, DeclaredPolicy, DeclaredRoute } from '../../mesh/policy.ts'
import { declaredPolicy, plainRoute, userCluster } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder, type Request } from './history-builder.ts'

const sentOn: DeclaredRoute = { ...plainRoute, hostRewrite: { kind: 'sent' } }
const fine: Pick<Request, 'tries' | 'authority'> = { tries: [{ code: 200 }], authority: 'user' }

function historyOf(
  routes: readonly DeclaredRoute[],
  requests: readonly Partial<Request>[],
  listener?: Partial<DeclaredListener>,
): HistoryBuilder {
  const policy = declaredPolicy({ routes })
  const declared: DeclaredPolicy = {
    ...policy,
    clusters: [...policy.clusters, { ...userCluster, name: 'next' }],
    ...(listener !== undefined && { listeners: [{ name: 'web', ...listener }] }),
  }
  const builder = new HistoryBuilder(declared)
  for (const [index, request] of requests.entries()) {
    builder.request({ id: index === 0 ? 'the-one' : `r${index}`, atMs: 100 + index * 10, ...fine, ...request })
  }
  return builder
}

const answeredBy = (details: string, code: number) =>
  ({ tries: [], logged: { attempts: 0, cluster: '', code, details, flags: [] } }) satisfies Partial<Request>

/** The path that upstream saw. */
const upstreamSaw = (builder: HistoryBuilder, path: string) =>
  builder.change(
    (event) => event.kind === 'attempt-seen' && event.id === 'the-one',
    (event) => [{ ...event, path } as typeof event],
  )

describe('chance', () => {
  const weighted = [
    { cluster: 'user-development', weight: 1 },
    { cluster: 'next', weight: 1 },
    { cluster: 'off', weight: 0 },
  ]

  test('any cluster with a weight is right, any other is not', () => {
    const at = (cluster: string) => historyOf([{ ...sentOn, weighted }], [{ cluster }])
    expect(at('user-development').judge().verdict).toBe('pass')
    expect(at('next').judge().verdict).toBe('pass')
    expectOnly('route', at('off'))
  })

  test('the host rewriting of the chosen cluster counts', () => {
    const shares = weighted.map((share) => ({
      ...share,
      hostRewrite: { kind: 'literal' as const, value: share.cluster },
    }))
    const at = (authority: string) => historyOf([{ ...sentOn, weighted: shares }], [{ cluster: 'next', authority }])
    expect(at('next').judge().verdict).toBe('pass')
    expectOnly('host-header', at('user'))
  })

  test('a share of the requests may take the first route', () => {
    const first = { ...sentOn, cluster: 'next', match: { ...sentOn.match, ratio: 0.5 } }
    expect(historyOf([first, sentOn], [{ cluster: 'next' }, {}]).judge().verdict).toBe('pass')
    expectOnly('route', historyOf([first, sentOn], [{ cluster: 'other' }]))
    expectOnly('route', historyOf([{ ...first, match: { ...first.match, ratio: 0 } }, sentOn], [{ cluster: 'next' }]))
  })
})

describe('answers of a route', () => {
  const gone: DeclaredRoute = { ...sentOn, cluster: '', answers: { status: 410 } }
  const moved: DeclaredRoute = { ...sentOn, cluster: '', answers: { status: 301, redirect: { scheme: 'https' } } }

  test('with its status, and without an attempt', () => {
    expect(historyOf([gone], [answeredBy('direct_response', 410)]).judge().verdict).toBe('pass')
    expectOnly('route', historyOf([gone], [answeredBy('direct_response', 404)]))
    expectOnly('route', historyOf([gone], [{}]))
  })

  test('to its place, where the answer shows it', () => {
    const to = (location: string) =>
      historyOf([moved], [answeredBy('direct_response', 301)]).change(
        (event) => event.kind === 'request-answered',
        (event) => [{ ...event, headers: { location } } as typeof event],
      )
    expect(to('https://user/').judge().verdict).toBe('pass')
    expectOnly('route', to('http://user/'))
  })
})

describe('paths and hosts', () => {
  test('a rewritten path', () => {
    const route: DeclaredRoute = {
      ...sentOn,
      match: { kind: 'path-prefix', value: '/v1' },
      pathRewrite: { prefix: '/v2' },
    }
    const with_ = (path: string) => upstreamSaw(historyOf([route], [{ path: '/v1/a?b' }]), path)
    expect(with_('/v2/a?b').judge().verdict).toBe('pass')
    expectOnly('route', with_('/v1/a?b'))
  })

  test('a path that the listener makes straight, and one that it does not take', () => {
    const settings = { normalizePath: true, escapedSlashes: 'reject' } as const
    expect(upstreamSaw(historyOf([sentOn], [{ path: '/a/../b' }], settings), '/b').judge().verdict).toBe('pass')
    expectOnly('route', upstreamSaw(historyOf([sentOn], [{ path: '/a/../b' }], settings), '/a/../b'))
    const slash = { path: '/a%2fb' }
    expect(
      historyOf([sentOn], [{ ...slash, ...answeredBy('path_normalization_failed', 400) }], settings).judge().verdict,
    ).toBe('pass')
    expectOnly('route', upstreamSaw(historyOf([sentOn], [slash], settings), '/a%2fb'))
  })
})

describe('retries', () => {
  const retry = { on: ['retriable-status-codes'], statusCodes: [418], retries: 1, backOffBaseMs: 25, backOffMaxMs: 250 }
  const teapot = { code: 418 }

  test('of listed statuses', () => {
    const route = { ...sentOn, retry }
    expect(historyOf([route], [{ tries: [teapot, { code: 200 }] }]).judge().verdict).toBe('pass')
    expectOnly('retry-missing', historyOf([route], [{ tries: [teapot] }]))
    expectOnly(
      'retry-reason',
      historyOf([{ ...sentOn, retry: { ...retry, statusCodes: [404] } }], [{ tries: [teapot, { code: 200 }] }]),
    )
  })

  test('the back-off of its own', () => {
    const route = { ...sentOn, retry: { ...retry, backOffBaseMs: 100, backOffMaxMs: 100 } }
    const waited = (backOffMs: number) =>
      historyOf([route], [{ tries: [teapot, { code: 200, backOffMs }] }])
        .neighbours(60, 400)
        .change(
          (event) => 'authority' in event && event.id.startsWith('neighbour'),
          (event) => [{ ...event, authority: 'user' } as typeof event],
        )
    expect(waited(90).judge().verdict).toBe('pass')
    expectOnly('back-off', waited(160))
  })
})

describe('what is not modelled', () => {
  test('is not judged, and the summary says why', () => {
    const route = { ...sentOn, cluster: '', unmodelled: 'cluster_header' }
    const conclusion = historyOf([route], [{}, { cluster: 'next' }]).judge()
    expect(conclusion).toMatchObject({ verdict: 'inconclusive', skipped: 2 })
    expect(conclusion.summary).toContain('2 requests (cluster_header)')
  })

  test('does not hide the rest', () => {
    const route = { ...sentOn, match: { kind: 'path', value: '/odd' }, unmodelled: 'hedge_policy' } as const
    const conclusion = historyOf([route, sentOn], [{}, { path: '/odd' }]).judge()
    expect(conclusion.verdict).toBe('pass')
    expect(conclusion.summary).toContain('not judged: 1 requests (hedge_policy)')
    expectOnly('route', historyOf([route, sentOn], [{ cluster: 'other' }, { path: '/odd' }]))
    expectOnly('route', historyOf([route, sentOn], [{ path: '/odd', cluster: 'other' }, {}]))
  })

  test('a filter may answer, but only before the router', () => {
    const limits = { answeredBy: ['rate limits'] }
    const limited = answeredBy('request_rate_limited', 429)
    expect(historyOf([sentOn], [{}, limited], limits).judge()).toMatchObject({ verdict: 'pass', skipped: 1 })
    expect(historyOf([sentOn], [{}, limited]).judge().verdict).toBe('fail')
    expectOnly('route', historyOf([sentOn], [{ cluster: 'other' }], limits))
    expect(historyOf([sentOn], [answeredBy('route_not_found', 404)], limits).judge().verdict).toBe('fail')
  })

  test('a listener that changes requests', () => {
    expect(historyOf([sentOn], [{ cluster: 'other' }], { unmodelled: 'the filter lua' }).judge()).toMatchObject({
      verdict: 'inconclusive',
      skipped: 1,
    })
  })
})

test('a copy is no attempt, whenever it comes', () => {
  const history = () => historyOf([{ ...sentOn, shadows: [{ cluster: 'next', ratio: 1 }] }], [{}])
  const copied = (atMs: number, more: { readonly shadow?: true }) =>
    history().change(
      (event) => event.kind === 'attempt-seen',
      (event) => [
        event,
        { ...event, ...more, atMs, cluster: 'next', authority: 'user-shadow', code: 503 } as typeof event,
      ],
    )
  expect(copied(5000, { shadow: true }).judge().verdict).toBe('pass')
  expect(copied(150, {}).judge().verdict).toBe('fail')
})
