// Over real connections. Who is served when is told by the order of answers, not by the clock, wherever that is possible.

import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { afterEach, describe, expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import type { UpstreamRecord } from '../../core/scenario-record.ts'
import { serviceTimeMs } from './service-time.ts'
import { type StartedUpstreamHost, startUpstreamHost } from './upstream-server.ts'

const started: StartedUpstreamHost[] = []
const sessions: ClientHttp2Session[] = []
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy()
  await Promise.all(started.splice(0).map((host) => host.close()))
})

async function start(upstream: Partial<UpstreamRecord> = {}, http2 = false, port = 0) {
  const host = await startUpstreamHost(
    {
      hostKey: 'h',
      address: '127.0.0.1',
      port,
      http2,
      upstream: { hosts: 1, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5, ...upstream },
    },
    'seed',
  )
  started.push(host)
  return host.port
}

const get = (port: number, id: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}/`, { ...init, headers: { 'x-shaketable-id': id } })

interface Answer {
  readonly status: unknown
  readonly body: string
  readonly ended: boolean
}

async function get2(port: number, headers: Record<string, string> = {}): Promise<Answer> {
  const session = connect(`http://127.0.0.1:${port}`)
  sessions.push(session)
  const stream = session.request({ ':path': '/', ...headers })
  stream.end()
  const [head, flags] = (await once(stream, 'response')) as [Record<string, unknown>, number]
  let body = ''
  for await (const chunk of stream) body += chunk
  return { status: head[':status'], body, ended: (flags & 1) === 1 }
}

test.each([
  [200, 'xxxxx'],
  [503, 'xxxxx'],
  [204, ''],
  [304, ''],
])('answers %d by HTTP/1.1, with a body where there may be one', async (status, body) => {
  const port = await start({ status })
  const answer = await get(port, 'r')
  expect([answer.status, await answer.text()]).toEqual([status, body])
  expect(answer.headers.get('content-length')).toBe(body === '' ? null : '5')
  const head = await get(port, 'r', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([status, ''])
})

test.each([
  [200, 'xxxxx'],
  [204, ''],
])('answers %d by HTTP/2', async (status, body) => {
  const port = await start({ status }, true)
  expect(await get2(port)).toMatchObject({ status, body })
  expect(await get2(port, { ':method': 'HEAD' })).toMatchObject({ status, body: '' })
})

test('a request is worked on once its body has come', async () => {
  const port = await start()
  const answer = await get(port, 'r', { method: 'POST', body: 'x'.repeat(1_000_000) })
  expect(answer.status).toBe(200)
})

test('takes the time that seed, request and attempt give', async () => {
  const serviceTime = { p50Ms: 20, p99Ms: 60 }
  const port = await start({ serviceTime })
  for (const id of ['a', 'b', 'c']) {
    const startedMs = monotonicMs()
    await get(port, id)
    // A timer of Node's counts whole milliseconds.
    expect(monotonicMs() - startedMs).toBeGreaterThanOrEqual(Math.floor(serviceTimeMs('seed', id, 1, serviceTime)) - 1)
  }
})

describe('capacity', () => {
  /** The order in which answers come, when these ids come in this order one by one. */
  async function orderOf(port: number, ids: readonly string[]): Promise<string[]> {
    const order: string[] = []
    const session = connect(`http://127.0.0.1:${port}`)
    sessions.push(session)
    await Promise.all(
      ids.map(async (id) => {
        const stream = session.request({ ':path': '/', 'x-shaketable-id': id })
        stream.end()
        stream.resume()
        await once(stream, 'close')
        order.push(id)
      }),
    )
    return order
  }
  const wide = { p50Ms: 10, p99Ms: 40 }
  const ids = Array.from({ length: 12 }, (_, index) => `r-${index}`)
  const time = (id: string) => Math.floor(serviceTimeMs('seed', id, 1, wide))

  test('one at a time: answers come in the order of requests, and take the sum of their times', async () => {
    const port = await start({ serviceTime: wide, capacity: 1 }, true)
    const startedMs = monotonicMs()
    expect(await orderOf(port, ids)).toEqual(ids)
    const sumMs = ids.reduce((sum, id) => sum + time(id) - 1, 0)
    expect(monotonicMs() - startedMs).toBeGreaterThanOrEqual(sumMs)
  })

  test('without a limit the quick overtake the slow', async () => {
    const port = await start({ serviceTime: { p50Ms: 10, p99Ms: 2000 } }, true)
    const order = await orderOf(port, ids)
    expect(order).not.toEqual(ids)
  })

  test('work goes on for a client that has left, and holds its place', async () => {
    const port = await start({ serviceTime: { p50Ms: 300, p99Ms: 300 }, capacity: 1 }, true)
    const leaving = connect(`http://127.0.0.1:${port}`)
    sessions.push(leaving)
    await once(leaving, 'connect')
    const startedMs = monotonicMs()
    leaving
      .request({ ':path': '/' })
      .on('error', () => {})
      .end()
    // A ping is answered after what came before it on the connection.
    await new Promise<void>((resolve, reject) => {
      leaving.ping((error) => (error ? reject(error) : resolve()))
    })
    leaving.destroy()
    await get2(port)
    expect(monotonicMs() - startedMs).toBeGreaterThan(598)
  })
})

test('a port that is taken is told by the system', async () => {
  const port = await start()
  await expect(start({}, false, port)).rejects.toThrow('EADDRINUSE')
  await expect(start({}, true, port)).rejects.toThrow('EADDRINUSE')
})
