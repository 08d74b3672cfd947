import { expect, test } from 'vitest'
import type { EnvoyAdmin } from './envoy/admin.ts'
import { scenarioCounters } from './scenario-counters.ts'

/** Envoy's filter is RE2, which agrees with JavaScript on expressions as plain as ours. */
const adminWith = (stats: Readonly<Record<string, number>>) =>
  ({
    stats: async (filter: string) =>
      Object.fromEntries(Object.entries(stats).filter(([name]) => new RegExp(filter).test(name))),
  }) as unknown as EnvoyAdmin

test('only those of the scenario, under the names of its own config', async () => {
  const admin = adminWith({
    'cluster.s1-user.upstream_rq_total': 5,
    'cluster.s1-user.version': 123456,
    'cluster.s1-user.update_time': 99,
    'cluster.s10-user.upstream_rq_total': 7,
    'cluster.xds.upstream_rq_total': 9,
    'http.s1.downstream_rq_total': 4,
    'http.s10.downstream_rq_total': 8,
    'http.admin.downstream_rq_total': 1,
  })
  expect(await scenarioCounters(admin, { key: 's1', prefix: 's1-' }, 'egress')).toEqual({
    'cluster.user.upstream_rq_total': 5,
    'http.downstream_rq_total': 4,
  })
})

test('where the Envoy is its own, all under the very names, but for what is ours in it', async () => {
  const admin = adminWith({
    'cluster.user.upstream_rq_total': 5,
    'http.ingress.downstream_rq_total': 4,
    'http.shaketable-pulse.downstream_rq_total': 8,
    'http.admin.downstream_rq_total': 1,
    'listener.x.downstream_cx_total': 1,
  })
  expect(await scenarioCounters(admin, { key: 's1', prefix: '' }, 'egress')).toEqual({
    'cluster.user.upstream_rq_total': 5,
    'http.ingress.downstream_rq_total': 4,
  })
})

test('of the fault Envoy only what its filters did', async () => {
  const admin = adminWith({
    'http.s1-c0-h1.fault.aborts_injected': 2,
    'http.s1-c0-h1.downstream_rq_total': 5,
    'http.s10-c0-h1.fault.aborts_injected': 9,
  })
  expect(await scenarioCounters(admin, { key: 's1', prefix: 's1-' }, 'fault')).toEqual({
    'http.s1-c0-h1.fault.aborts_injected': 2,
  })
})
