// Over real HTTP on a port of its own. Nothing here sleeps: polls wake by changes, pauses are short settings.

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import type { Outcome } from './bookkeeping.ts'
import { directoryStore, type ObjectStore } from './object-store.ts'
import { bodyBytesMax } from './request-body.ts'
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './server.ts'

const token = 'a-token'
const pauseMs = 100
let folder: string
let store: ObjectStore
let plane: ControlPlane
let outcomes: Outcome[]

const start = (changes: Partial<ControlPlaneOptions> = {}) =>
  startControlPlane({
    store,
    address: '127.0.0.1',
    port: 0,
    token,
    holdMs: 60_000,
    pauseMs,
    lifetimeMs: 60_000,
    onOutcome: (outcome) => outcomes.push(outcome),
    ...changes,
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-plane-'))
  store = directoryStore(folder)
  outcomes = []
  plane = await start()
})
afterEach(async () => {
  await plane.close()
  await rm(folder, { recursive: true })
})

const url = (path: string) => `http://127.0.0.1:${plane.port}${path}`
async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url(path), { method: 'POST', body, headers })
  return { status: response.status, text: await response.text() }
}
const poll = (version: string, type = 'clusters', names: readonly string[] = [], id = 'envoy') =>
  post(
    `/v3/discovery:${type}`,
    JSON.stringify({ version_info: version, node: { id, cluster: 'book' }, resource_names: names }),
  )
const stored = (version: string) => JSON.stringify({ version_info: version, resources: [], type_url: 'clusters' })
const storeClusters = (version: string) => store.write('v3/discovery/clusters/book', stored(version))
const register = (cluster: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  post(`/v1/registration/${cluster}`, new URLSearchParams(form).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Bearer ${token}`,
    ...headers,
  })

/** Sends bytes as they are; resolves with all that came back. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(plane.port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(bytes)
  await once(socket, 'close')
  return text
}

describe('polls', () => {
  test('news comes at once, and a poll that has it is held until there is more', async () => {
    await storeClusters('v1')
    expect(await poll('')).toEqual({ status: 200, text: stored('v1') })
    const held = poll('v1')
    await storeClusters('v2')
    expect(await held).toEqual({ status: 200, text: stored('v2') })
    expect(outcomes).toEqual([{ kind: 'accepted', type: 'clusters', version: 'v1', node: 'book' }])
  })

  test('a hundred changes, each seen by the poll that waits for it', async () => {
    await storeClusters('v0')
    await poll('')
    for (let version = 1; version <= 100; version++) {
      const [answer] = await Promise.all([poll(`v${version - 1}`), storeClusters(`v${version}`)])
      expect(answer.text).toBe(stored(`v${version}`))
    }
    expect(outcomes).toHaveLength(100)
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
  })

  test('a poll without news ends with 304 and no body', async () => {
    await plane.close()
    plane = await start({ holdMs: 10 })
    await storeClusters('v1')
    await poll('')
    expect(await poll('v1')).toEqual({ status: 304, text: '' })
  })

  test('404 for a node without an object, after a pause; an object that comes meanwhile is served', async () => {
    const startedMs = monotonicMs()
    expect(await poll('')).toEqual({ status: 404, text: '' })
    expect(monotonicMs() - startedMs).toBeGreaterThan(pauseMs - 5)
    const waiting = poll('')
    await storeClusters('v1')
    expect((await waiting).status).toBe(200)
  })

  test('a refused version is offered again, but only after a pause; a better one comes at once', async () => {
    await storeClusters('v1')
    await poll('')
    await pollServed('v1', 'v2')
    const startedMs = monotonicMs()
    expect((await poll('v1')).text).toBe(stored('v2'))
    expect(monotonicMs() - startedMs).toBeGreaterThan(pauseMs - 5)
    const [answer] = await Promise.all([poll('v1'), storeClusters('v3')])
    expect(answer.text).toBe(stored('v3'))
    expect(outcomes.map(({ kind, version }) => `${kind} ${version}`)).toEqual(['accepted v1', 'rejected v2'])
  })

  test('when the old version comes back after a refusal it is sent once more, for Envoy may hold a mixture', async () => {
    await storeClusters('v1')
    await poll('')
    await pollServed('v1', 'v2')
    const [back] = await Promise.all([poll('v1'), storeClusters('v1')])
    expect(back).toEqual({ status: 200, text: stored('v1') })
    const held = poll('v1')
    await storeClusters('v4')
    expect((await held).text).toBe(stored('v4'))
    expect(outcomes.map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      'accepted v1',
      'rejected v2',
      'accepted v1',
    ])
  })

  /** A poll that holds `from` is served `to`. */
  async function pollServed(from: string, to: string): Promise<void> {
    const [answer] = await Promise.all([poll(from), storeClusters(to)])
    expect(answer.text).toBe(stored(to))
  }

  test('a client that leaves while its answer is on the way has refused nothing', async () => {
    await storeClusters('v1')
    await poll('')
    const leaving = new AbortController()
    const body = JSON.stringify({ version_info: 'v1', node: { id: 'envoy', cluster: 'book' } })
    const left = fetch(url('/v3/discovery:clusters'), { method: 'POST', body, signal: leaving.signal })
    leaving.abort()
    await expect(left).rejects.toThrow()
    await storeClusters('v2')
    expect((await poll('v1')).text).toBe(stored('v2'))
    expect(outcomes.map(({ kind }) => kind)).not.toContain('rejected')
  })
})

describe('garbage', () => {
  test('reaches polls that are held at once, others after a pause, until it is switched off', async () => {
    await storeClusters('v1')
    await poll('')
    const held = poll('v1')
    await settled()
    plane.setGarbage(true)
    const answer = await held
    expect(answer.status).toBe(200)
    expect(() => JSON.parse(answer.text)).toThrow()
    const startedMs = monotonicMs()
    expect((await poll('v1')).text).toBe(answer.text)
    expect(monotonicMs() - startedMs).toBeGreaterThan(pauseMs - 5)
    const waiting = poll('v1')
    plane.setGarbage(false)
    await storeClusters('v2')
    expect((await waiting).text).toBe(stored('v2'))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted'])
  })

  /** Every request sent before has been taken: one behind them was answered. */
  const settled = () => post('/nothing', '')
})

describe('registrations', () => {
  test('a host that registers is in the endpoints that a poll waits for', async () => {
    const empty = JSON.parse((await poll('', 'endpoints', ['user'])).text) as { version_info: string }
    const held = poll(empty.version_info, 'endpoints', ['user'])
    expect(await register('user', { ip: '127.0.0.2', port: '8080', tags: '{"az":"a"}' })).toEqual({
      status: 200,
      text: '',
    })
    expect((await held).text).toContain('"socket_address":{"address":"127.0.0.2","port_value":8080}')
  })

  test('a host that does not refresh goes, a poll is told', async () => {
    await plane.close()
    plane = await start({ lifetimeMs: 200 })
    await register('user', { ip: '127.0.0.2', port: '8080' })
    const one = JSON.parse((await poll('', 'endpoints', ['user'])).text) as { version_info: string }
    expect((await poll(one.version_info, 'endpoints', ['user'])).text).toContain('"lb_endpoints":[]')
  })

  test('they outlive the control plane', async () => {
    await register('user', { ip: '127.0.0.2', port: '8080' })
    await plane.close()
    plane = await start()
    expect((await poll('', 'endpoints', ['user'])).text).toContain('127.0.0.2')
  })

  test.each(['', 'Bearer', 'Bearer wrong', `Bearer ${token}x`, `Basic ${token}`])(
    'the token "%s" is refused',
    async (authorization) => {
      const answer = await register('user', { ip: '127.0.0.2', port: '8080' }, { authorization })
      expect(answer.status).toBe(403)
      expect(answer.text).not.toContain(token)
    },
  )

  test.each([
    { ip: 'localhost', port: '80' },
    { ip: '', port: '80' },
    { ip: '127.0.0.2', port: '0' },
    { ip: '127.0.0.2', port: '65536' },
    { ip: '127.0.0.2', port: 'http' },
    { ip: '127.0.0.2', port: '80', tags: 'no json' },
    { ip: '127.0.0.2', port: '80', tags: '[]' },
    { ip: '127.0.0.2', port: '80', revision: 'r'.repeat(1001) },
  ])('%o is no host', async (form) => {
    const answer = await register('user', form)
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('expected') })
  })

  test.each(['..', '%2e%2e', 'n'.repeat(201), '%', '%E0%A4%A'])('%s is no cluster', async (cluster) => {
    // A client resolves dots itself, so the path goes out by hand.
    const answer = await raw(
      `POST /v1/registration/${cluster} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('strangers', () => {
  test.each(['evil.example', 'xds.evil.example', '127.0.0.1.evil.example', '10.0.0.1', ''])(
    'the Host header "%s" is refused',
    async (host) => {
      const answer = await raw(
        `POST /v3/discovery:clusters HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 421 /)
    },
  )

  test.each(['xds', 'localhost:80', '127.0.0.1:8080', '[::1]:80'])('the Host header "%s" is ours', async (host) => {
    const answer = await raw(
      `POST /v3/discovery:clusters HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('other paths and methods', async () => {
    expect((await post('/v3/discovery:secrets', '{}')).status).toBe(404)
    expect((await fetch(url('/v3/discovery:clusters'))).status).toBe(405)
  })

  test.each([
    'POST /v3/discovery:clus',
    'POST /v3/discovery:clusters HTTP/1.1\r\nhost: xds\r\ncontent-length: 9\r\n\r\n{',
  ])('a client that does not finish its request (%j) is cut off', async (bytes) => {
    await plane.close()
    plane = await start({ requestWithinMs: 50 })
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('a body above the limit is refused before it has come in whole', async () => {
    const answer = await raw(
      `POST /v3/discovery:clusters HTTP/1.1\r\nhost: xds\r\ncontent-length: ${10 * bodyBytesMax}\r\n\r\n${'x'.repeat(bodyBytesMax + 1)}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('connection: close')
  })
})

test('an object that is no JSON is our failure, told to the client, and the server lives on', async () => {
  await store.write('v3/discovery/clusters/book', 'torn {')
  expect((await poll('')).status).toBe(500)
  await storeClusters('v1')
  expect((await poll('')).status).toBe(200)
})

test('a port that is taken is told by the system', async () => {
  await expect(start({ port: plane.port })).rejects.toThrow('EADDRINUSE')
})
