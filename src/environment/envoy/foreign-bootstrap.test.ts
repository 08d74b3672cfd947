import { expect, test } from 'vitest'
import type { ForeignForRun } from '../../mesh/foreign/rewrite-foreign.ts'
import type { Resource } from '../../mesh/xds.ts'
import { egressBootstrap } from './bootstrap.ts'
import type { ForeignBootstrap } from './foreign-bootstrap.ts'
import { ownLogs } from './own-logs.ts'
import type { JsonObject } from './template.ts'

const resource = (name: string): Resource => ({ '@type': 'type', name })
const run = (more: Partial<ForeignForRun> = {}): ForeignForRun => ({
  bootstrap: {},
  listeners: [resource('theirs')],
  routes: [],
  clusters: [resource('xds')],
  changes: [],
  ...more,
})

function bootstrapOf(served: ForeignBootstrap['served'], more: Partial<ForeignForRun> = {}) {
  return egressBootstrap({
    nodeId: 'ours',
    nodeCluster: 'node',
    adminPort: 1,
    xdsPort: 2,
    pulsePort: 3,
    outlierLog: '/run/outliers',
    scenarios: [],
    foreign: { run: run(more), served },
  })
}

const names = (of: unknown) => (of as readonly JsonObject[]).map(({ name }) => name)

test('a static config is all there is, beside our pulse: no control plane, so its clusters may have any name', () => {
  const bootstrap = bootstrapOf('static')
  const resources = bootstrap.static_resources as JsonObject
  expect(names(resources.listeners)).toEqual(['shaketable-pulse', 'theirs'])
  expect(resources.clusters).toEqual([{ name: 'xds' }])
  expect(bootstrap.dynamic_resources).toBeUndefined()
})

test('what our control plane serves is not in it, but the way to that is', () => {
  const bootstrap = bootstrapOf('discovery')
  const resources = bootstrap.static_resources as JsonObject
  expect(names(resources.clusters)).toEqual(['xds'])
  expect((resources.clusters as readonly JsonObject[])[0]?.load_assignment).toBeDefined()
  expect(bootstrap.dynamic_resources).toBeDefined()
})

test('its own settings stay, ours win where they meet', () => {
  const bootstrap = bootstrapOf('static', {
    bootstrap: {
      node: { id: 'theirs', locality: { zone: 'a' } },
      layered_runtime: { layers: [] },
      cluster_manager: { local_cluster_name: 'xds', outlier_detection: { event_log_path: '/theirs' } },
      static_resources: { secrets: [{ name: 's' }] },
    },
  })
  expect(bootstrap.node).toEqual({ id: 'ours', cluster: 'node', locality: { zone: 'a' } })
  expect(bootstrap.layered_runtime).toEqual({ layers: [] })
  expect(bootstrap.cluster_manager).toEqual({
    local_cluster_name: 'xds',
    outlier_detection: { event_log_path: '/run/outliers' },
  })
  expect((bootstrap.static_resources as JsonObject).secrets).toEqual([{ name: 's' }])
  expect(bootstrap.overload_manager).toBeDefined()
})

test('our logs tell the listener where there are several', () => {
  type Logs = readonly [{ typed_config: { log_format: { json_format: { readonly [key: string]: string } } } }]
  const format = (log: unknown) => (log as Logs)[0].typed_config.log_format.json_format
  expect(format(ownLogs('s1').access)).toMatchObject({ l: 'E', k: 's1' })
  expect(format(ownLogs('s1').access).ln).toBeUndefined()
  expect(format(ownLogs('s1', 'a%b').access).ln).toBe('a%%b')
  expect(format(ownLogs('s1', 'a').upstream)).toMatchObject({ l: 'U', k: 's1' })
})
