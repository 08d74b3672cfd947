import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Resource } from '../mesh/compile.ts'
import { directoryStore, type ObjectStore } from './control-plane/object-store.ts'
import type { EnvoyAdmin } from './envoy/admin.ts'
import { type Layout, layOut } from './layout.ts'
import { markedNames, renewConfig } from './renew-config.ts'
import { servedConfig } from './served-config.ts'
import { definitionOf, prepared } from './test-mesh.ts'

let folder: string
let store: ObjectStore
let layout: Layout
const scenarios = [
  prepared('s1', { definition: definitionOf({ name: 'user' }) }),
  prepared('s2', { definition: definitionOf({ name: 'user' }) }),
]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renew-config-'))
  store = directoryStore(folder)
  layout = await layOut(scenarios)
})
afterEach(async () => {
  layout.release()
  await rm(folder, { recursive: true })
})

const stored = async (type: string) => {
  const text = (await store.read(`v3/discovery/${type}/node`)) ?? '{"resources":[]}'
  return (JSON.parse(text) as { readonly resources: readonly Resource[] }).resources
}

/** An Envoy that takes at once whatever is stored, or nothing. */
function envoy(takes: boolean): EnvoyAdmin {
  return {
    configDump: async (query = '') => {
      if (!takes) return {}
      const isClusters = query.includes('clusters')
      const resources = await stored(isClusters ? 'clusters' : 'routes')
      return { configs: resources.map((one) => (isClusters ? { cluster: one } : { route_config: one })) }
    },
    hostsByCluster: async () => new Map((await stored('clusters')).map(({ name }) => [name, 1])),
  } as Partial<EnvoyAdmin> as EnvoyAdmin
}

test('all clusters and routes are served anew at each run, and those of others stay as they are', async () => {
  const served = servedConfig(store, 'node', layout.places)
  const parts = { served, admin: envoy(true), places: layout.places }
  await renewConfig(scenarios, parts)
  const first = await stored('clusters')
  await renewConfig(scenarios.slice(0, 1), parts)
  const second = await stored('clusters')
  expect(second.map(({ name }) => name)).toEqual(first.map(({ name }) => name))
  expect(second[0]).not.toEqual(first[0])
  expect(second[1]).toEqual(first[1])
  // Nothing but the mark differs.
  expect({ ...second[0], metadata: {} }).toEqual({ ...first[0], metadata: {} })
})

test('an Envoy that refuses it is not waited for', async () => {
  const served = servedConfig(store, 'node', layout.places)
  const parts = { served, admin: envoy(false), places: layout.places }
  const refusal = new Error('refused')
  await expect(renewConfig(scenarios, parts, AbortSignal.abort(refusal))).rejects.toBe(refusal)
})

test.each([undefined, null, {}, { configs: [] }, { configs: [null, { cluster: 1 }, { cluster: { name: 'x' } }] }])(
  'a dump without marks: %j',
  (dump) => {
    expect(markedNames(dump, 'm')).toEqual(new Set())
  },
)
