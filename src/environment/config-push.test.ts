import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { type ConfigPushParts, pushConfig } from './config-push.ts'
import type { StagedConfig } from './served-config.ts'
import { compiled, definitionOf, prepared } from './test-mesh.ts'

const first = definitionOf({ name: 'user' })
const next = compiled(definitionOf({ name: 'user', routes: ['{ prefix: /, timeout_ms: 1 }'] }))

/** Records in which order things happen. */
function recorder(staged: Partial<StagedConfig>) {
  const log: string[] = []
  const note = async (what: string) => void log.push(what)
  const parts: ConfigPushParts = {
    served: {
      changes: () => [],
      stage: () => ({
        versions: {},
        addedClusters: [],
        removedClusters: [],
        storeClustersBeforeRoutes: () => note('clusters before'),
        storeRoutes: () => note('routes'),
        storeClusters: () => note('clusters'),
        ...staged,
      }),
    },
    outcomes: { logged() {}, learnt() {}, settled: (type, version) => note(`await ${type} ${version}`) },
    emit: (event: NewEvent) => {
      if (event.kind === 'config-pushed') log.push(`pushed ${event.type} ${event.version} ${event.detail}`)
    },
    now: () => 1,
    clustersKnown: async (clusters) => {
      await note(`await ${clusters.join()}`)
      return true
    },
  }
  return { log, parts }
}

const scenario = prepared('s1', { definition: first })

test('is told before it is stored, for what changes only, and healed the same way', async () => {
  const { log, parts } = recorder({ versions: { routes: 'v2' } })
  const heal = await pushConfig(scenario, next, 'next.yaml', parts)
  expect(log.splice(0)).toEqual(['pushed routes v2 next.yaml', 'clusters before', 'routes'])
  await heal()
  expect(log).toEqual(['pushed routes v2 book.yaml again', 'clusters before', 'routes'])
})

test('carries the policy that is declared from then on', async () => {
  const events: NewEvent[] = []
  const { parts } = recorder({ versions: { routes: 'v2' } })
  const heal = await pushConfig(scenario, next, 'next.yaml', { ...parts, emit: (event) => events.push(event) })
  await heal()
  expect(events).toMatchObject([{ declared: next.declared }, { declared: scenario.declared }])
})

describe('order', () => {
  test('a cluster that comes is known before routes lead to it', async () => {
    const { log, parts } = recorder({ versions: { clusters: 'c2', routes: 'r2' }, addedClusters: ['s1-new'] })
    await pushConfig(scenario, next, 'n', parts)
    expect(log.slice(2)).toEqual(['clusters before', 'await s1-new', 'routes'])
  })

  test('a cluster that goes waits until no route leads to it', async () => {
    const { log, parts } = recorder({ versions: { clusters: 'c2', routes: 'r2' }, removedClusters: ['s1-old'] })
    await pushConfig(scenario, next, 'n', parts)
    expect(log.slice(2)).toEqual(['clusters before', 'routes', 'await routes r2', 'clusters'])
  })
})
