// Each row was measured on Envoy 1.40.0, with a client on loopback.

import { expect, test } from 'vitest'
import { toldUpstream } from './client-address.ts'
import type { DeclaredClientAddress } from './edge.ts'

const inner: DeclaredClientAddress = { useRemoteAddress: false, trustedHops: 0, skipAppend: false, internal: [] }
const edge: DeclaredClientAddress = { ...inner, useRemoteAddress: true }
const trusting = (trustedHops: number, declared = edge) => ({ ...declared, trustedHops })
const loopbackInside: DeclaredClientAddress = { ...edge, internal: ['127.0.0.0/8'] }
const chain = { 'x-forwarded-for': '203.0.113.7,198.51.100.9, 192.0.2.3' }
const one = { 'x-forwarded-for': '203.0.113.7' }
const forged = { 'x-envoy-external-address': '10.0.0.1' }
const peer = '127.0.0.1'

test.each<[string, DeclaredClientAddress, Record<string, string>, string, string | undefined]>([
  ['an edge, nothing said', edge, {}, peer, peer],
  ['an edge does not believe', edge, chain, peer, peer],
  ['an edge behind one proxy', trusting(1), chain, '192.0.2.3', '192.0.2.3'],
  ['an edge behind two', trusting(2), chain, '198.51.100.9', '198.51.100.9'],
  ['fewer addresses than proxies', trusting(2), one, peer, peer],
  ['no address', trusting(1), { 'x-forwarded-for': 'garbage' }, peer, peer],
  ['an edge overwrites what was forged', edge, forged, peer, peer],
  ['an edge within: its client is internal', loopbackInside, forged, peer, '10.0.0.1'],
  ['who was forwarded is not internal', loopbackInside, one, peer, peer],
  ['within a mesh the last address is believed', inner, chain, '192.0.2.3', undefined],
  ['or the one before it', trusting(1, inner), chain, '198.51.100.9', undefined],
  ['within a mesh what was said stays', inner, { ...one, ...forged }, '203.0.113.7', '10.0.0.1'],
])('%s', (_title, declared, headers, client, external) => {
  expect(toldUpstream(declared, headers, peer)).toMatchObject({ client, externalAddress: external })
})

test('x-forwarded-for is added to at an edge, unless that is skipped', () => {
  const told = [edge, { ...edge, skipAppend: true }, inner].map((declared) => toldUpstream(declared, one, peer))
  expect(told.map(({ forwardedFor, appended }) => [forwardedFor, appended])).toEqual([
    ['203.0.113.7', true],
    ['203.0.113.7', false],
    ['203.0.113.7', false],
  ])
})

test('x-forwarded-proto of a client is believed within a mesh and behind trusted proxies', () => {
  const sent = { 'x-forwarded-proto': 'https' }
  const all = [inner, edge, trusting(1), { ...edge, scheme: 'https' as const }]
  expect(all.map((declared) => toldUpstream(declared, sent, peer).forwardedProto)).toEqual([
    'https',
    'http',
    'https',
    'https',
  ])
  expect(toldUpstream(inner, {}, peer).forwardedProto).toBe('http')
})

test('what only Envoys may say to each other is taken from external clients', () => {
  const stripped = (declared: DeclaredClientAddress) => toldUpstream(declared, {}, peer).stripped.length > 0
  expect([edge, loopbackInside, inner].map(stripped)).toEqual([true, false, false])
})
