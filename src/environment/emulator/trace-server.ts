// Our end of the executor's Unix socket, NDJSON both ways:
//
//     executor ──► {"type": "ask" | "result" | "log" | "process", ...}
//              ◄── {"id", "action"}        the answer to an ask
//              ◄── {"kill": "<invocation>"} end the process that works on it
//
// The executor waits for each answer, so nothing here may wait for anything.

import { createServer, type Server, type Socket } from 'node:net'
import { EnvironmentError } from '../../core/errors.ts'
import { lineSplitter } from '../envoy/line-splitter.ts'
import type {
  FunctionLog,
  FunctionProcess,
  InvocationAsk,
  InvocationResult,
  TraceListener,
} from './invocation-trace.ts'

export interface TraceServer {
  readonly path: string
  /** SIGKILL for the process that works on it; nothing happens when none does any more. */
  kill(invocation16: string): void
  /** After this the listener hears nothing. */
  close(): Promise<void>
}

type Message =
  | ({ readonly type: 'ask'; readonly id?: number } & InvocationAsk)
  | ({ readonly type: 'result' } & InvocationResult)
  | ({ readonly type: 'log' } & FunctionLog)
  | ({ readonly type: 'process' } & FunctionProcess)

/** A kernel's limit on the path of a Unix socket, which Node reports as a mere EINVAL. */
const pathBytesMax = 100
/** A payload of 1,000,000 characters as JSON within JSON. */
const lineBytesMax = 8_000_000

/** @throws EnvironmentError when the socket cannot be opened */
export async function startTraceServer(path: string, listener: TraceListener): Promise<TraceServer> {
  if (Buffer.byteLength(path) > pathBytesMax) {
    throw new EnvironmentError(
      `${path} is too long for a Unix socket (${pathBytesMax} bytes at most)\n  hint: set TMPDIR to a shorter folder`,
    )
  }
  const sockets = new Set<Socket>()
  let closed = false
  const hear = (socket: Socket, line: string): void => {
    if (closed) return
    const message = JSON.parse(line) as Message
    const reply = answer(listener, message)
    if (reply !== undefined) write(socket, reply)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // the emulator's end is told by its process
    socket.on('close', () => sockets.delete(socket))
    const split = lineSplitter((line) => hear(socket, line), undefined, lineBytesMax)
    socket.on('data', split)
  })
  await listen(server, path)
  return {
    path,
    kill: (invocation16) => {
      for (const socket of sockets) write(socket, { kill: invocation16 })
    },
    async close() {
      closed = true
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(listener: TraceListener, message: Message): unknown {
  switch (message.type) {
    case 'ask': {
      const action = listener.ask(message)
      return message.id === undefined ? undefined : { id: message.id, action: action ?? {} }
    }
    case 'result':
      listener.result(message)
      return undefined
    case 'log':
      listener.log(message)
      return undefined
    case 'process':
      listener.process?.(message)
      return undefined
  }
}

function write(socket: Socket, message: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new EnvironmentError(`cannot listen on ${path}: ${error.message}`)))
    server.listen(path, resolve)
  })
}
