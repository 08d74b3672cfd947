// Golden files hold every field of the compiled output: `book`, as scenarios use it, and `everything`, in which each field
// of the format has a value of its own. Whether Envoy accepts them is compile.live.test.ts.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { clusterTypeUrl, compileDefinition, discoveryResponse, type Json, routeTypeUrl } from './compile.ts'
import { loadDefinition, parseDefinition } from './definition.ts'
import { knownKeys } from './schema.ts'
import { protoDuration } from './xds.ts'

const fixture = (name: string) => new URL(`../../fixtures/mesh/${name}`, import.meta.url).pathname
const golden = async (name: string): Promise<unknown> => JSON.parse(await readFile(fixture(`golden/${name}`), 'utf8'))

async function compiled(file: string, node: string) {
  const { definition } = await loadDefinition(fixture(file))
  const { clusters, routes } = compileDefinition(definition, node)
  return {
    clusters: discoveryResponse(clusterTypeUrl, clusters),
    routes: discoveryResponse(routeTypeUrl, routes),
  }
}

test.each([
  ['book.yaml', 'book'],
  ['book.json', 'book'],
  ['everything.yaml', 'everything'],
])('%s compiles to its golden files', async (file, node) => {
  const { clusters, routes } = await compiled(file, node)
  expect(clusters).toEqual(await golden(`${node}.clusters.json`))
  expect(routes).toEqual(await golden(`${node}.routes.json`))
})

test('no field of the format is lost: each one, when changed, changes the output', async () => {
  const { definition } = await loadDefinition(fixture('everything.yaml'))
  const base = JSON.stringify(compileDefinition(definition, 'node'))
  const leaves = leavesOf(definition, []).filter(([first]) => first !== 'version')
  const keys = new Set(leaves.flatMap((path) => path.filter((step) => typeof step === 'string')))
  for (const key of Object.values(knownKeys).flat()) expect([...keys, 'version']).toContain(key)
  for (const path of leaves) {
    const changed = structuredClone(definition) as unknown as Json
    change(changed, path)
    const text = JSON.stringify(changed)
    const { definition: other } = parseDefinition(text, path.join('/'), 'json')
    expect(JSON.stringify(compileDefinition(other, 'node')), path.join('/')).not.toBe(base)
  }
})

test('the version depends on content, not on key order', () => {
  const version = (resource: Record<string, Json>) =>
    discoveryResponse(clusterTypeUrl, [{ '@type': clusterTypeUrl, name: 'a', ...resource }]).version_info
  expect(version({ x: 1, y: [{ p: 1, q: 2 }] })).toBe(version({ y: [{ q: 2, p: 1 }], x: 1 }))
  expect(version({ x: 1 })).not.toBe(version({ x: 2 }))
  expect(version({ x: [1, 2] })).not.toBe(version({ x: [2, 1] }))
  expect(discoveryResponse(routeTypeUrl, []).version_info).not.toBe(discoveryResponse(clusterTypeUrl, []).version_info)
})

test.each([
  [0, '0s'],
  [1, '0.001s'],
  [250, '0.250s'],
  [1000, '1s'],
  [1500, '1.500s'],
  [5_000_000, '5000s'],
  [9_223_372_035_999, '9223372035.999s'],
])('%d ms', (ms, text) => {
  expect(protoDuration(ms)).toBe(text)
})

test('names are the node, unless another is asked for', async () => {
  const { definition } = await loadDefinition(fixture('book.yaml'))
  const { clusters, routes } = compileDefinition(definition, 'book', {
    routeConfigName: 'default',
    edsCluster: 'eds',
    edsRefreshDelay: '5s',
    edsRequestTimeout: '1s',
  })
  expect(routes[0]?.name).toBe('default')
  expect(clusters[1]).toHaveProperty('eds_cluster_config.eds_config.api_config_source', {
    api_type: 'REST',
    transport_api_version: 'V3',
    cluster_names: ['eds'],
    refresh_delay: '5s',
    request_timeout: '1s',
  })
  expect(() => compileDefinition(definition, 'book', { edsCluster: 'user-development' })).toThrow(
    'dependency user has cluster_name "user-development", which is the control plane\'s own cluster',
  )
})

type Path = readonly (string | number)[]

function leavesOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]))
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]))
}

/** Gives one leaf another valid value. */
function change(root: Json, path: Path): void {
  const last = path.at(-1) ?? ''
  const holder = path.slice(0, -1).reduce<Json | undefined>((here, step) => (here as Record<string, Json>)[step], root)
  const object = holder as Record<string | number, Json>
  const value = object[last]
  // `lb` beside `sds: false`: without it there would be no hosts.
  if (last === 'sds') {
    object.sds = value !== true
    object.lb ??= 'other:1'
  } else if (typeof value === 'boolean') object[last] = !value
  else if (typeof value === 'number') object[last] = value + 1
  else if (last === 'method') object[last] = value === 'DELETE' ? 'PUT' : 'DELETE'
  else if (last === 'retry_on') object[last] = `${String(value)},unavailable`
  else if (last === 'lb') object[last] = 'other.example:81'
  else if (value === '*') object[last] = 'rest'
  else object[last] = `${String(value)}x`
}
