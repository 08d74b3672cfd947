import { expect, test } from 'vitest'
import { bookkeeping } from './bookkeeping.ts'
import type { DiscoveryRequest } from './discovery.ts'

const poll = (version: string, names: readonly string[] = [], id = 'envoy-1'): DiscoveryRequest => ({
  version_info: version,
  node: { id, cluster: 'book' },
  resource_names: names,
})

test('a poll that names what it was served has accepted it; only the first one is news', () => {
  const book = bookkeeping()
  expect(book.asked('routes', poll(''))).toBeUndefined()
  book.served('routes', poll(''), 'v1')
  const accepted = { kind: 'accepted', type: 'routes', version: 'v1', node: 'book' }
  expect(book.asked('routes', poll('v1'))).toEqual({ ...accepted, isNews: true })
  expect(book.asked('routes', poll('v1'))).toEqual({ ...accepted, isNews: false })
})

test('a poll that still names the version before has rejected it, however often it is offered again', () => {
  const book = bookkeeping()
  book.served('clusters', poll(''), 'v1')
  book.asked('clusters', poll('v1'))
  book.served('clusters', poll('v1'), 'v2')
  expect(book.asked('clusters', poll('v1'))).toMatchObject({ kind: 'rejected', version: 'v2', isNews: true })
  book.served('clusters', poll('v1'), 'v2')
  expect(book.asked('clusters', poll('v1'))).toMatchObject({ kind: 'rejected', version: 'v2', isNews: false })
  expect(book.lastServed('clusters', poll('v1'))).toBe('v2')
})

test('the very first version can be rejected, too', () => {
  const book = bookkeeping()
  book.served('routes', poll(''), 'v1')
  expect(book.asked('routes', poll(''))).toMatchObject({ kind: 'rejected', version: 'v1', isNews: true })
})

test('after a rejection the version before counts as served again once it was', () => {
  const book = bookkeeping()
  book.served('routes', poll(''), 'v1')
  book.asked('routes', poll('v1'))
  book.served('routes', poll('v1'), 'v2')
  book.asked('routes', poll('v1'))
  book.served('routes', poll('v1'), 'v1')
  expect(book.asked('routes', poll('v1'))).toMatchObject({ kind: 'accepted', version: 'v1', isNews: true })
})

test('what was accepted is not rejected by a subscription that begins anew', () => {
  const book = bookkeeping()
  const names = ['user']
  book.served('endpoints', poll('', names), 'v1')
  book.asked('endpoints', poll('v1', names))
  // A cluster that CDS replaced asks for its endpoints from the beginning.
  expect(book.asked('endpoints', poll('', names))).toBeUndefined()
  expect(book.lastServed('endpoints', poll('', names))).toBeUndefined()
})

test('subscriptions of other names, types and Envoys are not mixed up', () => {
  const book = bookkeeping()
  book.served('routes', poll('', ['a']), 'v1')
  expect(book.asked('routes', poll('', ['b']))).toBeUndefined()
  expect(book.asked('clusters', poll('', ['a']))).toBeUndefined()
  expect(book.asked('routes', poll('', ['a'], 'envoy-2'))).toBeUndefined()
})

test('an answer that was lost on the way rejects nothing', () => {
  const book = bookkeeping()
  book.served('routes', poll(''), 'v1')
  book.forget('routes', poll(''))
  expect(book.asked('routes', poll(''))).toBeUndefined()
})

test('its memory has a limit: the oldest subscriptions go', () => {
  const book = bookkeeping()
  for (let id = 0; id <= 10_000; id++) book.served('routes', poll('', [], `envoy-${id}`), 'v1')
  expect(book.lastServed('routes', poll('', [], 'envoy-0'))).toBeUndefined()
  expect(book.lastServed('routes', poll('', [], 'envoy-1'))).toBe('v1')
})
