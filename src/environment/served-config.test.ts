import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { directoryStore, type ObjectStore } from './control-plane/object-store.ts'
import { type Layout, layOut } from './layout.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import { type ServedConfig, servedConfig, sha256Of } from './served-config.ts'
import { compiled, definitionOf, prepared } from './test-mesh.ts'

const first = definitionOf({ name: 'user' }, { name: 'old' })
const next = definitionOf({ name: 'user', routes: ['{ prefix: /, timeout_ms: 1000 }'] }, { name: 'new' })
let folder: string
let store: ObjectStore
let layout: Layout
let scenarios: readonly PreparedScenario[]
let served: ServedConfig

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'served-config-'))
  store = directoryStore(folder)
  scenarios = [prepared('s1', { definition: first, pushes: [next] }), prepared('s10', { definition: first })]
  layout = await layOut(scenarios)
  served = servedConfig(store, 'node', layout.places)
  for (const scenario of scenarios) {
    const staged = served.stage(scenario.record.name, scenario.served)
    await staged.storeClustersBeforeRoutes()
    await staged.storeRoutes()
  }
})
afterEach(async () => {
  layout.release()
  await rm(folder, { recursive: true })
})

const stored = async (type: 'clusters' | 'routes') =>
  JSON.parse((await store.read(`v3/discovery/${type}/node`)) ?? '{}') as {
    readonly version_info: string
    readonly resources: readonly { readonly name: string }[]
  }
const names = async (type: 'clusters' | 'routes') => (await stored(type)).resources.map(({ name }) => name)

test('scenarios share the objects of a node, each with its prefix', async () => {
  expect(await names('clusters')).toEqual(['s1-user', 's1-old', 's10-user', 's10-old'])
  expect(await names('routes')).toEqual(['s1-book', 's10-book'])
  expect(served.changes('s1').join('\n')).toContain('user: name -> s1-user')
})

describe('another config for one of them', () => {
  test('what does not change has no new version', () => {
    expect(served.stage('s1', compiled(first).served)).toMatchObject({
      versions: {},
      addedClusters: [],
      removedClusters: [],
    })
    const routesOnly = definitionOf({ name: 'user', routes: ['{ path: /a, timeout_ms: 1 }'] }, { name: 'old' })
    expect(Object.keys(served.stage('s1', compiled(routesOnly).served).versions)).toEqual(['routes'])
  })

  test('new clusters come with the old ones, the old ones go last', async () => {
    const before = await stored('routes')
    const staged = served.stage('s1', compiled(next).served)
    expect(staged).toMatchObject({ addedClusters: ['s1-new'], removedClusters: ['s1-old'] })
    expect((await stored('clusters')).version_info).not.toBe(staged.versions.clusters)
    await staged.storeClustersBeforeRoutes()
    expect((await names('clusters')).toSorted()).toEqual(['s1-new', 's1-old', 's1-user', 's10-old', 's10-user'])
    expect(await stored('routes')).toEqual(before)
    await staged.storeRoutes()
    expect((await stored('routes')).version_info).toBe(staged.versions.routes)
    await staged.storeClusters()
    expect(await names('clusters')).toEqual(['s1-user', 's1-new', 's10-user', 's10-old'])
    expect((await stored('clusters')).version_info).toBe(staged.versions.clusters)
  })

  test('and the first one back has the first version again', async () => {
    const before = await stored('clusters')
    for (const config of [next, first]) {
      const staged = served.stage('s1', compiled(config).served)
      await staged.storeClustersBeforeRoutes()
      await staged.storeRoutes()
      await staged.storeClusters()
    }
    expect(await stored('clusters')).toEqual(before)
  })

  test('a scenario of another environment is a bug of ours', () => {
    expect(() => served.stage('s2', compiled(next).served)).toThrow('no such scenario in this environment: s2')
  })
})

test('the hash names what was served', () => {
  expect(sha256Of(compiled(first).served)).toBe(sha256Of(compiled(first).served))
  expect(sha256Of(compiled(first).served)).not.toBe(sha256Of(compiled(next).served))
})
