// gRPC calls against a server of node:http2, over real connections.

import type { ServerHttp2Stream } from 'node:http2'
import { expect, test } from 'vitest'
import { messageCounter, messagePrefix } from '../core/grpc-messages.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { requestBytes } from './grpc-call.ts'
import { Http2Transport } from './http2.ts'
import { jobOf, planned, sendOnce, startHttp2Server, startRig } from './test-rig.ts'

const call = (path: string, changes: Partial<PlannedRequest> = {}) =>
  planned(path, 0, { path, grpc: { messages: 1 }, bodyBytes: 10, ...changes })
const message = Buffer.concat([messagePrefix(3), Buffer.from('abc')])

/** What the server says, by path. */
const answers: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  '/headers': (stream) => stream.respond({ ':status': 200, 'grpc-status': '14' }, { endStream: true }),
  '/trailers': (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.write(message)
    stream.end(message)
  },
  '/cut': (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(message.subarray(0, 6))
  },
  '/none': (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(message)
  },
  '/plain': (stream) => {
    stream.respond({ ':status': 503 })
    stream.end('no such thing')
  },
  '/reset': (stream) => {
    stream.respond({ ':status': 200 })
    stream.close(2)
  },
}

test.each([
  ['/headers', { status: 200, grpcStatus: 14, messages: 0 }],
  ['/trailers', { status: 200, grpcStatus: 0, messages: 2 }],
  ['/plain', { status: 503, grpcStatus: 14 }],
  ['/cut', { error: 'truncated', detail: '200 and 6 bytes, then the end of the call within a message' }],
  ['/none', { error: 'truncated', detail: '200 and 8 bytes, then the end of the call without a grpc-status' }],
  ['/reset', { error: 'truncated' }],
])('a call answered as %s is', async (path, expected) => {
  await using server = await startHttp2Server((stream, headers) => answers[String(headers[':path'])]?.(stream))
  await using rig = await startRig()
  await rig.generator.run(jobOf('s', server.target, [call(path)], 'http2'))
  const answer = rig.answerTo(path)
  expect(answer).toMatchObject(expected)
  if ('error' in expected) expect(answer).not.toHaveProperty('grpcStatus')
  else expect(answer).not.toHaveProperty('error')
})

test.each([
  [0, 10, 0],
  [1, 0, 5],
  [3, 70_000, 210_015],
])('%d messages of %d bytes arrive whole, as a gRPC call', async (messages, bodyBytes, bytes) => {
  const read = messageCounter()
  let seen: Readonly<Record<string, unknown>> = {}
  let total = 0
  await using server = await startHttp2Server((stream, headers) => {
    seen = headers
    stream.on('data', (chunk: Buffer) => {
      total += chunk.length
      read.read(chunk)
    })
    stream.on('end', () => answers['/headers']?.(stream))
  })
  const request = call('/pkg.Service/Method', { grpc: { messages }, bodyBytes, method: 'GET' })
  const transport = new Http2Transport(server.target)
  expect(await sendOnce(transport, request)).toBe('grpc 14')
  transport.close()
  expect(seen).toMatchObject({ ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' })
  expect(seen).not.toHaveProperty('content-length')
  expect([read.count(), read.isCut(), total, requestBytes(request)]).toEqual([messages, false, bytes, bytes])
})

test('a call that takes too long is cancelled, and the server is told', async () => {
  const codes: unknown[] = []
  let reset: () => void = () => {}
  const wasReset = new Promise<void>((resolve) => {
    reset = resolve
  })
  await using server = await startHttp2Server((stream) => {
    stream.on('close', () => {
      codes.push(stream.rstCode)
      reset()
    })
  })
  await using rig = await startRig()
  await rig.generator.run(jobOf('s', server.target, [call('/hang', { timeoutMs: 50 })], 'http2'))
  expect(rig.answerTo('/hang')).toMatchObject({ error: 'timeout' })
  await wasReset
  expect(codes).toEqual([8])
})
