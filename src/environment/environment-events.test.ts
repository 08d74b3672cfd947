import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { environmentEvents } from './environment-events.ts'
import { layOut } from './layout.ts'
import { definitionOf, prepared } from './test-mesh.ts'

async function open(keys: readonly string[], suffix: string) {
  const told: NewEvent[] = []
  const { places, release } = await layOut(
    keys.map((key) => prepared(key, { definition: definitionOf({ name: 'user' }) })),
  )
  release()
  const emit = (event: NewEvent) => void told.push(event)
  return { told, events: environmentEvents({ places, suffix, originMs: 100, wallOffsetMs: 1000, emit }) }
}

test('what a scenario is alone with is its own, what is shared is of the whole run', async () => {
  const alone = await open(['s1'], '-1')
  alone.events.envoyLog('egress', { level: 'warning', text: 'x' })
  expect(alone.told).toMatchObject([{ scenario: 's1', process: 'egress-1', level: 'warning', src: 'egress' }])
  const shared = await open(['s1', 's2'], '')
  shared.events.envoyLog('fault', { level: 'error', text: 'x' })
  expect(shared.told).toMatchObject([{ scenario: '', process: 'fault' }])
  // The warm environment may carry a single scenario, too.
  expect((await open(['s1'], '')).events.owner).toBe('')
})

test('access log lines become events of their scenario, on the clock of the run', async () => {
  const { told, events } = await open(['s1', 's2'], '')
  events.accessLogLine('egress', '{"l":"E","k":"s2","id":"r","s":"2.000","e":"2.500","c":200,"n":1,"u":"s2-user"}')
  expect(told).toMatchObject([{ kind: 'request-logged', scenario: 's2', startMs: 900, atMs: 1400, cluster: 'user' }])
})

test('a line that cannot be read is told as an error of its Envoy', async () => {
  const { told, events } = await open(['s1'], '')
  events.accessLogLine('fault', '{"l":"F","k":"s1-c0')
  expect(told).toMatchObject([
    { kind: 'log-line', src: 'fault', level: 'error', text: expect.stringContaining('{"l":"F","k":"s1-c0') },
  ])
})

test('clusters inside Envoy belong to their scenario', async () => {
  const { events } = await open(['s1', 's2'], '')
  expect(events.clusterOf('s2-user')).toEqual({ scenario: 's2', cluster: 'user' })
  expect(events.clusterOf('xds')).toBeUndefined()
})
