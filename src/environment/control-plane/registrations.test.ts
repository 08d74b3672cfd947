import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { directoryStore, type ObjectStore } from './object-store.ts'
import { hostsMax, storedRegistrations } from './registrations.ts'

const lifetimeMs = 1000
let folder: string
let store: ObjectStore
let nowMs = 0
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registrations-'))
  store = directoryStore(folder)
  nowMs = 1_700_000_000_000
})
afterEach(() => rm(folder, { recursive: true }))

const open = () => storedRegistrations(store, lifetimeMs, () => nowMs)
const host = (ip: string, port = 80) => ({ ip, port, revision: 'r1', tags: { az: 'a' } })
const addresses = async (registrations = open(), cluster = 'user') =>
  (await registrations.hosts(cluster)).map(({ ip, port }) => `${ip}:${port}`)

test('hosts are known by address, in a stable order, each once', async () => {
  const registrations = open()
  await Promise.all(['127.0.0.3', '127.0.0.2', '127.0.0.3'].map((ip) => registrations.register('user', host(ip))))
  await registrations.register('other/name', host('127.0.0.9'))
  expect(await addresses(registrations)).toEqual(['127.0.0.2:80', '127.0.0.3:80'])
  expect(await addresses(registrations, 'other/name')).toEqual(['127.0.0.9:80'])
  expect(await addresses(registrations, 'nobody')).toEqual([])
})

test('many at once, none lost', async () => {
  const registrations = open()
  const ports = Array.from({ length: 50 }, (_, index) => 1000 + index)
  await Promise.all(ports.map((port) => registrations.register('user', host('127.0.0.2', port))))
  expect(await addresses(registrations)).toHaveLength(50)
})

test('a cluster takes no more than its limit, but refreshes of those it has', async () => {
  const registrations = open()
  const full = Array.from({ length: hostsMax }, (_, index) => ({ ...host('127.0.0.2', index + 1), expiresAtMs: nowMs }))
  await store.write('v1/registration/user', JSON.stringify(full))
  await expect(registrations.register('user', host('127.0.0.3'))).rejects.toThrow(`${hostsMax} hosts`)
  await registrations.register('user', host('127.0.0.2', 1))
})

describe('expiry', () => {
  test('a host that does not refresh is forgotten at the next sweep, its neighbour stays', async () => {
    const registrations = open()
    await registrations.register('user', host('127.0.0.2'))
    await registrations.register('user', host('127.0.0.3'))
    nowMs += lifetimeMs / 2
    expect(await registrations.sweep()).toBe(false)
    await registrations.register('user', host('127.0.0.3'))
    nowMs += lifetimeMs / 2
    expect(await registrations.sweep()).toBe(true)
    expect(await addresses(registrations)).toEqual(['127.0.0.3:80'])
    expect(await registrations.sweep()).toBe(false)
  })

  test('a control plane that comes back knows them, and pardons what could not be refreshed meanwhile', async () => {
    await open().register('user', host('127.0.0.2'))
    nowMs += 10 * lifetimeMs
    const reopened = open()
    await reopened.pardon()
    expect(await reopened.sweep()).toBe(false)
    expect(await addresses(reopened)).toEqual(['127.0.0.2:80'])
    nowMs += lifetimeMs
    expect(await reopened.sweep()).toBe(true)
    expect(await addresses(reopened)).toEqual([])
  })
})
