import { expect, test } from 'vitest'
import type { XdsType } from '../../mesh/foreign/discovery-object.ts'
import type { JsonObject } from '../../mesh/xds.ts'
import { discovered } from './discovered.ts'

const eds = (name: string, service?: string): JsonObject => ({
  name,
  type: 'EDS',
  eds_cluster_config: service === undefined ? {} : { service_name: service },
})
const listener = (name: string, ...routes: readonly string[]): JsonObject => ({
  name,
  filter_chains: routes.map((route) => ({ filters: [{ typed_config: { rds: { route_config_name: route } } }] })),
})
const whole = (type: XdsType, ...resources: readonly JsonObject[]) => ({ type, resources, removed: [], isWhole: true })
const some = (type: XdsType, ...resources: readonly JsonObject[]) => ({ type, resources, removed: [], isWhole: false })

test('it asks in the order of Envoy, and for what is named', () => {
  const known = discovered()
  expect(known.wanted('clusters')).toEqual([])
  expect([known.wanted('endpoints'), known.wanted('listeners'), known.wanted('routes')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  known.take(whole('clusters', { name: 'a' }, eds('b', 'service-b'), eds('c')))
  expect(known.wanted('endpoints')).toEqual(['service-b', 'c'])
  expect(known.wanted('listeners')).toBeUndefined()
  known.take(some('endpoints', { cluster_name: 'c' }))
  expect(known.wanted('listeners')).toEqual([])
  known.take(whole('listeners', listener('in', 'one', 'two'), listener('out', 'one')))
  expect(known.wanted('routes')).toEqual(['one', 'two'])
  known.take(some('routes', { name: 'one' }))
  expect(known.missing()).toEqual(['routes two'])
  known.take(some('routes', { name: 'two' }))
  expect(known.missing()).toEqual([])
  expect(known.resources('routes')).toEqual([{ name: 'one' }, { name: 'two' }])
})

test('without listeners it asks for whatever routes there are', () => {
  const known = discovered()
  known.take(whole('clusters', { name: 'a' }))
  expect(known.missing()).toEqual(['listeners'])
  known.giveUp('listeners')
  expect(known.wanted('routes')).toEqual([])
  expect(known.missing()).toEqual(['routes'])
})

test('listeners that bring their routes along want none', () => {
  const known = discovered()
  known.take(whole('clusters', { name: 'a' }))
  known.take(whole('listeners', { name: 'in', filter_chains: [] }))
  expect(known.wanted('routes')).toBeUndefined()
  expect(known.missing()).toEqual([])
})

test('what is gone is gone: out of a whole answer, by name, and what nobody asks for any more', () => {
  const known = discovered()
  known.take(whole('clusters', eds('a'), eds('b')))
  known.take(some('endpoints', { cluster_name: 'a' }, { cluster_name: 'b' }))
  known.take(whole('clusters', eds('b')))
  expect(known.resources('clusters')).toHaveLength(1)
  expect(known.resources('endpoints')).toEqual([{ cluster_name: 'b' }])
  known.take({ type: 'clusters', resources: [{ name: 'c' }], removed: ['b'], isWhole: false })
  expect(known.resources('clusters')).toEqual([{ name: 'c' }])
  expect(known.resources('endpoints')).toEqual([{ cluster_name: 'b' }])
})
