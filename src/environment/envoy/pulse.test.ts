import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { pulseReader, readPulseLine, startPulse } from './pulse.ts'

test('only our own line is a pulse', () => {
  expect(readPulseLine('{"e":"1795508551.530050","l":"P"}')).toBeCloseTo(1795508551530.05, 2)
  expect(readPulseLine('{"e":"1795508551.530050","id":"\\"l\\":\\"P\\"","l":"E"}')).toBeUndefined()
})

test('reports each long gap, and otherwise one beat every 50 ms', () => {
  const events: NewEvent[] = []
  const read = pulseReader('', (event) => events.push(event))
  for (let atMs = 0; atMs <= 100; atMs += 5) read(atMs)
  read(140)
  expect(events.map((event) => [event.atMs, event.kind === 'heartbeat' && event.lateMs])).toEqual([
    [0, 0],
    [50, 5],
    [100, 5],
    [140, 40],
  ])
})

test('asks again after each answer and after a lost connection, until it is closed', async () => {
  const asked = Promise.withResolvers<void>()
  let requests = 0
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => {
      requests++
      if (connections === 1 && requests === 3) return socket.destroy()
      if (requests >= 6) asked.resolve()
      socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const pulse = startPulse(typeof address === 'object' && address !== null ? address.port : 0)
  await asked.promise
  expect(connections).toBe(2)
  pulse.close()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})
