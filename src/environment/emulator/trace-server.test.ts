// The executor's side is played by a plain socket; the real one is in executor.live.test.ts.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { InvocationAction } from '../../core/pipeline-fault.ts'
import { startTraceServer, type TraceServer } from './trace-server.ts'

let folder: string
let server: TraceServer
let socket: Socket
let action: InvocationAction | undefined
const listener = { ask: vi.fn(() => action), result: vi.fn(), log: vi.fn(), process: vi.fn() }

beforeEach(async () => {
  vi.clearAllMocks()
  action = undefined
  folder = mkdtempSync(join(tmpdir(), 'trace-server-test-'))
  server = await startTraceServer(join(folder, 's'), listener)
  socket = connect(server.path)
  await once(socket, 'connect')
})
afterEach(async () => {
  socket.destroy()
  await server.close()
  rmSync(folder, { recursive: true })
})

const say = (message: unknown) => socket.write(`${JSON.stringify(message)}\n`)
const heard = async () => JSON.parse(String((await once(socket, 'data'))[0]))
const names = { function: 'f', requestId: 'r', attempt: 1, invocation16: '0123456789abcdef', atMs: 1 }

test('an ask is answered by its number, with a fault or with nothing', async () => {
  say({ type: 'ask', id: 7, ...names, payload: 'ü\u2028\n' })
  expect(await heard()).toEqual({ id: 7, action: {} })
  expect(listener.ask).toHaveBeenCalledWith(expect.objectContaining({ ...names, payload: 'ü\u2028\n' }))
  action = { crash: 'before' }
  say({ type: 'ask', id: 8, ...names, payload: '{}' })
  expect(await heard()).toEqual({ id: 8, action: { crash: 'before' } })
})

test('a duplicate is told, and waits for no answer', async () => {
  say({ type: 'ask', ...names, payload: '{}', duplicate: true })
  say({ type: 'ask', id: 1, ...names, payload: '{}' })
  expect(await heard()).toEqual({ id: 1, action: {} })
  expect(listener.ask).toHaveBeenCalledTimes(2)
})

test('results, lines and processes are passed on', async () => {
  say({ type: 'result', ...names, durationMs: 2, error: { kind: 'crash', message: 'm' }, fault: true })
  say({ type: 'log', function: 'f', requestId: 'r', level: 'info', line: 'l', atMs: 1 })
  say({ type: 'process', function: 'f', pid: 1, state: 'started' })
  await vi.waitFor(() => expect(listener.process).toHaveBeenCalled())
  expect(listener.result).toHaveBeenCalledWith(expect.objectContaining({ error: { kind: 'crash', message: 'm' } }))
  expect(listener.log).toHaveBeenCalledWith(expect.objectContaining({ line: 'l' }))
})

test('a kill goes to the executor', async () => {
  // The server knows of the connection once it has answered on it.
  say({ type: 'ask', id: 1, ...names, payload: '{}' })
  await heard()
  server.kill('0123456789abcdef')
  expect(await heard()).toEqual({ kill: '0123456789abcdef' })
})

test('a path that no socket can have', async () => {
  await expect(startTraceServer(`/tmp/${'x'.repeat(120)}`, listener)).rejects.toThrow(/too long[\s\S]*TMPDIR/)
  await expect(startTraceServer(join(folder, 'none', 's'), listener)).rejects.toThrow(/cannot listen/)
})
