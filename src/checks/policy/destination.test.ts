// The rules about where a request goes: `route`, `host-header`, `protocol`.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, plainRoute, retryRoute, userCluster } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder } from './history-builder.ts'
import { fine, withRequest } from './the-one.ts'

describe('route', () => {
  test('another cluster', () => {
    expectOnly('route', withRequest({ ...fine, cluster: 'other' }))
  })

  test('no route although one is declared', () => {
    expectOnly('route', withRequest({ tries: [], logged: { attempts: 0 } }))
  })

  test('served although none is declared', () => {
    const routes = [{ ...plainRoute, match: { kind: 'prefix' as const, value: '/a' } }]
    const builder = new HistoryBuilder(declaredPolicy({ routes }))
    builder.request({ id: 'right', atMs: 100, path: '/a', ...fine })
    builder.request({ id: 'unrouted', atMs: 110, path: '/b', tries: [], logged: { attempts: 0 } })
    expect(builder.judge().verdict).toBe('pass')
    expectOnly('route', builder.request({ id: 'the-one', atMs: 120, path: '/b', ...fine }))
  })

  test('a path that was rewritten', () => {
    const builder = withRequest(fine).change(
      (event) => event.kind === 'attempt-seen' && event.id === 'the-one',
      (event) => [{ ...event, path: '/v2' } as typeof event],
    )
    expectOnly('route', builder)
  })
})

describe('host-header', () => {
  test('the name of the load balancer is expected, without the port', () => {
    expectOnly('host-header', withRequest({ ...fine, authority: 'user' }))
    expectOnly('host-header', withRequest({ ...fine, authority: 'user.internal:80' }))
  })

  test('a literal', () => {
    const literal = { ...retryRoute, hostRewrite: { kind: 'literal' as const, value: 'api.example' } }
    const builder = () => new HistoryBuilder(declaredPolicy({ routes: [literal] }))
    expect(
      builder()
        .request({ id: 'a', atMs: 100, ...fine, authority: 'api.example' })
        .judge().verdict,
    ).toBe('pass')
    expectOnly('host-header', builder().request({ id: 'the-one', atMs: 100, ...fine }))
  })

  test('hosts from discovery have no name, so the client keeps its own', () => {
    const { lb: _lb, ...found } = { ...userCluster, discovery: 'eds' as const, protocol: 'HTTP/2' as const }
    const builder = () => new HistoryBuilder({ ...declaredPolicy(), clusters: [found] })
    const h2 = { ...fine, protocol: 'HTTP/2' }
    expect(
      builder()
        .request({ id: 'a', atMs: 100, ...h2, authority: 'user' })
        .judge().verdict,
    ).toBe('pass')
    expectOnly('host-header', builder().request({ id: 'the-one', atMs: 100, ...h2 }))
  })
})

test('protocol: HTTP/2 where HTTP/1.1 is declared', () => {
  expectOnly('protocol', withRequest({ ...fine, protocol: 'HTTP/2' }))
})
