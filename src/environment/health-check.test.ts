// Against a real app that can be told to fail, over both protocols.

import { once } from 'node:events'
import { createServer as createHttp1, type Server } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type HealthCheck, startHealthCheck } from './health-check.ts'

let status = 200
let server: Server | ReturnType<typeof createHttp2> | undefined
let check: HealthCheck | undefined
const asked: string[] = []

afterEach(async () => {
  await check?.stop()
  server?.close()
  status = 200
  asked.length = 0
})

/** What the check says, in order, and a wait for the next of it. */
async function watch(http2: boolean) {
  const answer = (path: string | undefined, end: () => void) => {
    asked.push(path ?? '')
    end()
  }
  server = http2
    ? createHttp2((request, response) => answer(request.url, () => response.writeHead(status).end()))
    : createHttp1((request, response) => answer(request.url, () => response.writeHead(status).end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const said: (string | undefined)[] = []
  let wake = () => {}
  const settings = { path: '/health', everyMs: 10, failures: 3 }
  check = startHealthCheck({ address: '127.0.0.1', upstreamPort: port, http2 }, settings, (why) => {
    said.push(why)
    wake()
  })
  const next = () => new Promise<void>((resolve) => (wake = resolve))
  return { said, next }
}

test.each([false, true])(
  'says when an app has failed often enough in a row, and when it is well (HTTP/2: %s)',
  async (http2) => {
    const { said, next } = await watch(http2)
    while (asked.length < 5) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(said).toEqual([])
    status = 503
    const before = asked.length
    await next()
    expect(said).toEqual(['/health answers 503'])
    expect(asked.length - before).toBeGreaterThanOrEqual(3)
    status = 200
    await next()
    expect(said).toEqual(['/health answers 503', undefined])
    expect(new Set(asked)).toEqual(new Set(['/health']))
  },
)

test('an app that is gone is unhealthy', async () => {
  const { said, next } = await watch(false)
  server?.close()
  await next()
  expect(said[0]).toMatch(/^\/health fails: .*ECONNREFUSED/)
})
