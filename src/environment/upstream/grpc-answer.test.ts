// gRPC calls to an upstream host, over real connections.

import { type ClientHttp2Session, connect } from 'node:http2'
import { afterEach, expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { messageCounter, messagePrefix } from '../../core/grpc-messages.ts'
import type { UpstreamRecord } from '../../core/scenario-record.ts'
import { type StartedUpstreamHost, startUpstreamHost } from './upstream-server.ts'

const started: StartedUpstreamHost[] = []
const sessions: ClientHttp2Session[] = []
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy()
  await Promise.all(started.splice(0).map((host) => host.close()))
})

async function start(upstream: Partial<UpstreamRecord> = {}) {
  const record = { hosts: 1, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5, ...upstream }
  const host = await startUpstreamHost(
    { hostKey: 'h', address: '127.0.0.1', port: 0, http2: true, upstream: record },
    'seed',
  )
  started.push(host)
  return host.port
}

/** The whole answer to a call with these bytes for its body. */
function call(port: number, body: Buffer, contentType = 'application/grpc'): Promise<Record<string, unknown>> {
  const session = connect(`http://127.0.0.1:${port}`)
  sessions.push(session)
  const stream = session.request({ ':path': '/', ':method': 'POST', 'content-type': contentType })
  const read = messageCounter()
  const seen: Record<string, unknown> = {}
  stream.on('response', (headers, flags) => {
    Object.assign(seen, { status: headers[':status'], inHeaders: headers['grpc-status'], ended: (flags & 1) === 1 })
    if (headers['x-messages-read'] !== undefined) seen.read = headers['x-messages-read']
  })
  stream.on('trailers', (trailers) =>
    Object.assign(seen, { inTrailers: trailers['grpc-status'], read: trailers['x-messages-read'] }),
  )
  stream.on('data', (chunk: Buffer) => read.read(chunk))
  stream.end(body)
  return new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('close', () => resolve({ ...seen, messages: read.count(), cut: read.isCut() }))
  })
}

const messages = (count: number) =>
  Buffer.concat(Array.from({ length: count }, () => Buffer.concat([messagePrefix(2), Buffer.from('hi')])))
const grpc = { status: 0, statusIn: 'trailers', messages: 1, everyMs: 10 } as const

test('without settings: one message, and OK in the trailers', async () => {
  expect(await call(await start(), messages(1))).toEqual({
    status: 200,
    ended: false,
    inTrailers: '0',
    read: '1',
    messages: 1,
    cut: false,
  })
})

test('a status in the headers ends the answer', async () => {
  const port = await start({ grpc: { ...grpc, status: 14, statusIn: 'headers' } })
  expect(await call(port, messages(3))).toEqual({
    status: 200,
    inHeaders: '14',
    ended: true,
    read: '3',
    messages: 0,
    cut: false,
  })
})

test('a server stream has its messages one after the other, the status at its end', async () => {
  const port = await start({ grpc: { ...grpc, status: 8, messages: 4, everyMs: 20 } })
  const startedMs = monotonicMs()
  expect(await call(port, messages(0))).toMatchObject({ inTrailers: '8', messages: 4, read: '0' })
  // Three pauses, of whose timers each may be a millisecond early.
  expect(monotonicMs() - startedMs).toBeGreaterThan(3 * 19)
})

test('no message at all is an answer, too', async () => {
  expect(await call(await start({ grpc: { ...grpc, messages: 0 } }), messages(1))).toMatchObject({
    inTrailers: '0',
    messages: 0,
  })
})

test("a client's message that is cut is INTERNAL", async () => {
  expect(await call(await start(), messages(2).subarray(0, 12))).toMatchObject({ inTrailers: '13', read: '1' })
})

test('a host that has but an HTTP status to say, and a request that is no gRPC call, get plain answers', async () => {
  const plain = await call(await start({ status: 503 }), messages(1))
  expect(plain).toMatchObject({ status: 503 })
  expect(plain).not.toHaveProperty('inTrailers')
  expect(await call(await start(), messages(1), 'text/plain')).not.toHaveProperty('inTrailers')
})

test('a place in the capacity is held to the end of the stream', async () => {
  const port = await start({ capacity: 1, grpc: { ...grpc, messages: 3, everyMs: 30 } })
  const startedMs = monotonicMs()
  await Promise.all([call(port, messages(1)), call(port, messages(1))])
  expect(monotonicMs() - startedMs).toBeGreaterThan(2 * 2 * 29)
})
