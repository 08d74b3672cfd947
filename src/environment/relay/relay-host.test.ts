// The relay's host on real sockets: bytes unchanged both ways, half-closed sides, counts, the faults that need no Envoy to be
// seen, and ports that go and come back.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { blackHole } from './black-hole.ts'
import type { ClosedConnection } from './relay-connection.ts'
import { type ActiveFault, type RelayHost, startRelayHost } from './relay-host.ts'

const address = '127.0.0.1'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listening(handle: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, handle).listen(0, address)
  closing.push(() => server.close())
  await once(server, 'listening')
  return server
}

async function relayTo(handle: (socket: Socket) => void) {
  const target = (await listening(handle)).address()
  const targetPort = typeof target === 'object' ? (target?.port ?? 0) : 0
  const closed: ClosedConnection[] = []
  const tell = (one: ClosedConnection) => void closed.push(one)
  const place = { hostKey: 's1-c0-h1', address, port: 0, targetPort, http2: false }
  const host = await startRelayHost(place, 'seed', tell, blackHole)
  closing.push(() => host.close())
  return { host, closed }
}

/** All that comes back for what was sent, and how it ended. */
async function talk(host: RelayHost, say: string | Buffer): Promise<{ heard: string; end: string }> {
  const socket = connect({ host: address, port: host.port, allowHalfOpen: true })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.end(say)
  const { promise, resolve } = Promise.withResolvers<string>()
  socket.once('end', () => resolve('end'))
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
  const end = await promise
  socket.destroy()
  return { heard: Buffer.concat(chunks).toString('latin1'), end }
}

const settled = async (closed: readonly ClosedConnection[], count: number) => {
  while (closed.length < count) await new Promise((resolve) => setImmediate(resolve))
}

/** Answers with what it heard, once the other side has said all. */
function echo(socket: Socket): void {
  const chunks: Buffer[] = []
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.once('end', () => socket.end(Buffer.concat(chunks)))
}

const answer = `HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n${'x'.repeat(20)}`
function answering(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.once('data', () => socket.end(answer))
}

const on = async (host: RelayHost, what: ActiveFault['what'], ratio = 1) => {
  const fault = { name: 'fault', what, ratio }
  await host.setFault(fault, true)
  return () => host.setFault(fault, false)
}

describe('without a fault', () => {
  test('megabytes come back unchanged through a half-closed connection', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * index) % 251))
    const { host, closed } = await relayTo(echo)
    const { heard, end } = await talk(host, bytes)
    expect(end).toBe('end')
    expect(Buffer.from(heard, 'latin1').equals(bytes)).toBe(true)
    await settled(closed, 1)
    expect(closed).toEqual([
      expect.objectContaining({ hostKey: 's1-c0-h1', connection: 1, bytesUp: 3_000_000, bytesDown: 3_000_000 }),
    ])
    expect(closed[0]?.fault).toBeUndefined()
  })

  test('a slow reader holds the writer back', async () => {
    let written = 0
    const { host } = await relayTo((socket) => {
      socket.on('error', () => undefined)
      const more = () => {
        while (written < 200_000_000 && socket.write(Buffer.alloc(65_536))) written += 65_536
      }
      socket.on('drain', more)
      more()
    })
    const socket = connect({ host: address, port: host.port })
    await once(socket, 'connect')
    socket.pause()
    let before = -1
    while (before !== written) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(written).toBeLessThan(50_000_000)
    socket.destroy()
  })

  test('a reset is handed on as a reset', async () => {
    const { host, closed } = await relayTo((socket) => void socket.once('data', () => socket.resetAndDestroy()))
    expect((await talk(host, 'hello')).end).toBe('ECONNRESET')
    await settled(closed, 1)
    expect(closed[0]).toMatchObject({ closedBy: 'upstream' })
  })
})

describe('faults', () => {
  test.each([
    ['accept', '', 'ECONNRESET', 0],
    ['request', '', 'ECONNRESET', 0],
    ['before-head', '', 'ECONNRESET', 5],
    ['in-head', answer.slice(0, 19), 'ECONNRESET', 5],
    ['after-head', answer.slice(0, -10), 'ECONNRESET', 5],
  ] as const)('a reset at %s', async (at, heard, end, bytesUp) => {
    const { host, closed } = await relayTo(answering)
    await on(host, { kind: 'reset', at })
    expect(await talk(host, 'hello')).toEqual({ heard, end })
    await settled(closed, 1)
    expect(closed[0]).toMatchObject({ fault: 'fault', what: `reset at ${at}`, bytesUp, closedBy: 'relay' })
  })

  test('a cut ends in good order, and one that comes too late is none', async () => {
    const { host, closed } = await relayTo(answering)
    const heal = await on(host, { kind: 'cut', afterBytes: 5 })
    expect(await talk(host, 'hello')).toEqual({ heard: answer.slice(0, -15), end: 'end' })
    await heal()
    await on(host, { kind: 'cut', afterBytes: 500 })
    expect(await talk(host, 'hello')).toEqual({ heard: answer, end: 'end' })
    await settled(closed, 2)
    expect(closed.map(({ fault }) => fault)).toEqual(['fault', undefined])
  })

  test('a hang reads and never answers', async () => {
    const { host, closed } = await relayTo(answering)
    await on(host, { kind: 'hang' })
    expect(await talk(host, 'hello')).toEqual({ heard: '', end: 'end' })
    await settled(closed, 1)
    expect(closed[0]).toMatchObject({ what: 'never answered', bytesUp: 0, bytesDown: 0, closedBy: 'client' })
  })

  test('a rate is kept', async () => {
    const { host } = await relayTo(answering)
    await on(host, { kind: 'bandwidth', bytesPerSecond: 200 })
    const startedMs = performance.now()
    expect((await talk(host, 'hello')).heard).toBe(answer)
    // 63 bytes of answer at 200 a second; never faster, and nothing is said of how much slower.
    expect(performance.now() - startedMs).toBeGreaterThan(250)
  })

  test('the seed decides which connections, the same each time', async () => {
    const decided = async () => {
      const { host, closed } = await relayTo(answering)
      await on(host, { kind: 'reset', at: 'request' }, 0.5)
      for (let count = 0; count < 20; count++) await talk(host, 'hello')
      await settled(closed, 20)
      return closed.toSorted((a, b) => a.connection - b.connection).map(({ fault }) => fault === 'fault')
    }
    const first = await decided()
    expect(await decided()).toEqual(first)
    expect(new Set(first).size).toBe(2)
  })
})

describe('faults of the port', () => {
  test('refused by the kernel, and back on the same port', async () => {
    const { host } = await relayTo(answering)
    const heal = await on(host, { kind: 'refuse' })
    expect((await talk(host, 'hello')).end).toBe('ECONNREFUSED')
    await heal()
    expect((await talk(host, 'hello')).heard).toBe(answer)
  })

  test('neither accepted nor refused, and back on the same port', async () => {
    const { host, closed } = await relayTo(answering)
    const heal = await on(host, { kind: 'black-hole' })
    const socket = connect({ host: address, port: host.port })
    const said: string[] = []
    socket.once('connect', () => said.push('connected')).once('error', ({ message }) => said.push(message))
    // Another connect on this machine comes through meanwhile, and the host goes on being deaf.
    const { host: other } = await relayTo(answering)
    for (let count = 0; count < 20; count++) expect((await talk(other, 'hello')).heard).toBe(answer)
    expect(said).toEqual([])
    socket.destroy()
    await heal()
    expect((await talk(host, 'hello')).heard).toBe(answer)
    expect(closed.filter(({ fault }) => fault !== undefined)).toEqual([])
  })

  test('connections that are under way go on', async () => {
    const { host } = await relayTo(answering)
    const socket = connect({ host: address, port: host.port })
    const first = once(socket, 'connect')
    await first
    const heal = await on(host, { kind: 'refuse' })
    socket.write('hello')
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    expect(chunk.toString()).toBe(answer)
    socket.destroy()
    await heal()
  })
})
