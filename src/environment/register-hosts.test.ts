// Against the real control plane server, in this process.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { directoryStore, type ObjectStore } from './control-plane/object-store.ts'
import { type ControlPlane, startControlPlane } from './control-plane/server.ts'
import { layOut } from './layout.ts'
import { type RegistrarOptions, registerHosts } from './register-hosts.ts'
import { definitionOf, prepared } from './test-mesh.ts'

const token = 'a-token'
const upstream = { hosts: 3, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 0 }
const { places, release } = await layOut([
  prepared('s1', { definition: definitionOf({ name: 'user' }), upstreams: { user: upstream } }),
])
release()
let folder: string
let events: NewEvent[] = []
const optionsWith = (more: Partial<RegistrarOptions>): RegistrarOptions => ({
  ...{ places, port: plane.port, token, lifetimeMs: 1000, now: () => 7 },
  emit: (event) => events.push(event),
  ...more,
})
let store: ObjectStore
let plane: ControlPlane
const start = (port = 0) =>
  startControlPlane({
    store,
    address: '127.0.0.1',
    port,
    token,
    holdMs: 1000,
    lifetimeMs: 60_000,
    onOutcome: () => {},
  })

beforeEach(async () => {
  events = []
  folder = await mkdtemp(join(tmpdir(), 'register-hosts-'))
  store = directoryStore(folder)
  plane = await start()
})
afterEach(async () => {
  await plane.close()
  await rm(folder, { recursive: true })
})

const registered = async () =>
  JSON.parse((await store.read('v1/registration/s1-user')) ?? '[]') as {
    ip: string
    port: number
    expiresAtMs: number
  }[]
/** Until the store has changed from what it was. */
async function nextRefresh(before: string) {
  while (JSON.stringify(await registered()) === before) await new Promise((resolve) => setTimeout(resolve, 5))
  return registered()
}

/** What is stored once the control plane has done all that it was asked to: it takes one registration after the other. */
async function quiet(): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' }
  await fetch(`http://127.0.0.1:${plane.port}/v1/registration/other`, {
    method: 'POST',
    headers,
    body: 'ip=::1&port=1',
  })
  return JSON.stringify(await registered())
}

test('every host is registered with the address that Envoy is to call, and refreshed until stopped', async () => {
  const registrar = await registerHosts(optionsWith({ lifetimeMs: 100 }))
  const first = await registered()
  expect(first.map(({ ip, port }) => `${ip}:${port}`)).toEqual(
    places[0]?.hosts.map(({ address, faultPort }) => `${address}:${faultPort}`),
  )
  const second = await nextRefresh(JSON.stringify(first))
  expect(second.map(({ ip }) => ip)).toEqual(first.map(({ ip }) => ip))
  await registrar.stop()
  const last = await quiet()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(await quiet()).toBe(last)
})

test('a control plane that is away for a while is told again when it is back', async () => {
  const { port } = plane
  const registrar = await registerHosts(optionsWith({ lifetimeMs: 100 }))
  await plane.close()
  await rm(join(folder, 'v1'), { recursive: true })
  await store.write('v1/registration/other', '[]')
  plane = await start(port)
  while ((await registered()).length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  await registrar.stop()
})

test('a refused registration says what came back and of whom', async () => {
  await expect(registerHosts(optionsWith({ token: 'wrong' }))).rejects.toThrow(
    /POST \/v1\/registration\/s1-user gave 403 wrong or missing token.*, 200 expected\n {2}hint: 127\.0\.0\./,
  )
})

test('an abort ends it at once', async () => {
  const reason = new Error('interrupted')
  await expect(registerHosts(optionsWith({}), AbortSignal.abort(reason))).rejects.toThrow('interrupted')
})

test('a host takes leave and comes back; it is not refreshed meanwhile, and both are told', async () => {
  const registrar = await registerHosts(optionsWith({ lifetimeMs: 100 }))
  const rejoin = await registrar.leave('s1', 'user', 2, 'fault')
  const left = await registered()
  expect(left.map(({ ip }) => ip)).toEqual(['127.0.0.2', '127.0.0.4'])
  const later = await nextRefresh(JSON.stringify(left))
  expect(later.map(({ ip }) => ip)).toEqual(['127.0.0.2', '127.0.0.4'])
  await rejoin()
  expect((await registered()).map(({ ip }) => ip)).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.4'])
  await registrar.stop()
  const common = { src: 'registrar', atMs: 7, scenario: 's1', cluster: 'user', host: 2 }
  expect(events).toEqual([
    { ...common, kind: 'host-left', address: expect.stringMatching(/^127\.0\.0\.3:\d+$/), reason: 'fault' },
    { ...common, kind: 'host-registered', address: expect.any(String), reason: 'fault is over' },
  ])
})

test('a host is out while any reason holds', async () => {
  const registrar = await registerHosts(optionsWith({}))
  const first = await registrar.leave('s1', 'user', 1, 'one')
  const second = await registrar.leave('s1', 'user', 1, 'other')
  await first()
  expect((await registered()).length).toBe(2)
  await second()
  expect((await registered()).length).toBe(3)
  expect(events.map(({ kind }) => kind)).toEqual(['host-left', 'host-registered'])
  await registrar.stop()
})

test('who is not there cannot leave', async () => {
  const registrar = await registerHosts(optionsWith({}))
  await expect(registrar.leave('s1', 'nobody', undefined, 'fault')).rejects.toThrow('no host of nobody')
  await registrar.stop()
})
