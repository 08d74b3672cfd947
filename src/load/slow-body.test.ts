import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Http1Transport } from './http1.ts'
import { Http2Transport } from './http2.ts'
import { slowBody } from './slow-body.ts'
import { planned, sendOnce } from './test-rig.ts'
import { toldOf } from './transport.ts'

test('parts add up to the whole body, with a pause before each but the first', async () => {
  const sizes: number[] = []
  const startMs = performance.now()
  const afterMs: number[] = []
  for await (const part of slowBody(10, { parts: 3, everyMs: 20 })) {
    sizes.push(part.length)
    afterMs.push(performance.now() - startMs)
  }
  expect(sizes).toEqual([3, 3, 4])
  expect(afterMs.map((ms, index) => ms >= index * 19)).toEqual([true, true, true])
})

/** What a server saw of each request: its path, and the sizes of the chunks of its body. */
interface Seen {
  readonly path: string
  readonly chunks: number[]
}

async function serve(protocol: 'http1' | 'http2') {
  const seen: Seen[] = []
  const server = protocol === 'http1' ? createServer() : createHttp2Server()
  server.on('request', (request, response) => {
    const one: Seen = { path: request.url ?? '', chunks: [] }
    seen.push(one)
    request.on('data', (chunk: Buffer) => one.chunks.push(chunk.length))
    request.on('end', () => response.end('ok'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = { address: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const transport = protocol === 'http1' ? new Http1Transport(target) : new Http2Transport(target)
  const stop = async () => {
    transport.close()
    await new Promise((resolve) => server.close(resolve))
  }
  return { seen, transport, [Symbol.asyncDispose]: stop }
}

test.each(['http1', 'http2'] as const)('a slow body goes out in its parts by %s', async (protocol) => {
  await using server = await serve(protocol)
  const slow = { bodyBytes: 300, slowBody: { parts: 3, everyMs: 30 }, method: 'POST' }
  expect(await sendOnce(server.transport, planned('slow', 0, slow))).toBe('200')
  expect(server.seen[0]?.chunks.filter((bytes) => bytes > 0)).toEqual([100, 100, 100])
})

test.each(['http1', 'http2'] as const)('paths go out as they are by %s', async (protocol) => {
  await using server = await serve(protocol)
  const paths = ['/a/../b', '/a//b', '/a%2Fb', '/a%5cb', '/a\\b', '/a/%2e%2e/b', '/a;x?y=//', '/a|b^', '/a/b#c', '/%zz']
  for (const path of paths) expect(await sendOnce(server.transport, planned(path, 0, { path }))).toBe('200')
  expect(server.seen.map(({ path }) => path)).toEqual(paths)
})

test('of the answer only what checks ask for is told', () => {
  expect(toldOf({ connection: 'close', location: '/b', server: 'envoy' })).toEqual({
    connection: 'close',
    location: '/b',
  })
  expect(toldOf({ server: 'envoy' })).toBeUndefined()
})
