// For this folder's tests: plans in one line, a generator that keeps its events, and servers that stop with the test. The
// servers run on the test's own thread, so blocking it freezes them while the generator's worker goes on.

import { createServer, type RequestListener as Handler, type Server as HttpServer } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { monotonicMs } from '../core/clock.ts'
import type { Heartbeat, NewEvent, RequestAnswered, RequestSent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { type Generator, startGenerator } from './generator.ts'
import type { LoadJob, LoadTarget } from './load-job.ts'
import type { Transport } from './transport.ts'

export function planned(id: string, atMs: number, changes: Partial<PlannedRequest> = {}): PlannedRequest {
  return {
    id,
    traffic: 0,
    atMs,
    method: 'GET',
    host: 'user',
    path: '/',
    headers: {},
    bodyBytes: 0,
    timeoutMs: 10_000,
    plan: [],
    ...changes,
  }
}

/** `count` requests `everyMs` apart, named `PREFIX-0`, `PREFIX-1`, ... */
export function plannedEvery(
  everyMs: number,
  count: number,
  prefix: string,
  changes: Partial<PlannedRequest> = {},
): readonly PlannedRequest[] {
  return Array.from({ length: count }, (_, index) => planned(`${prefix}-${index}`, index * everyMs, changes))
}

/** Due from now on. */
export function jobOf(
  scenario: string,
  target: LoadTarget,
  requests: readonly PlannedRequest[],
  protocol: 'http1' | 'http2' = 'http1',
): LoadJob {
  return { scenario, target, protocol, startMs: monotonicMs(), requests }
}

export interface Rig extends AsyncDisposable {
  readonly originMs: number
  readonly generator: Generator
  readonly events: readonly NewEvent[]
  sent(scenario?: string): readonly Omit<RequestSent, 'seq'>[]
  answered(scenario?: string): readonly Omit<RequestAnswered, 'seq'>[]
  answerTo(id: string): Omit<RequestAnswered, 'seq'>
  heartbeats(): readonly Omit<Heartbeat, 'seq'>[]
  /** Forgets all events: between tests that share a generator. */
  clear(): void
}

export async function startRig(): Promise<Rig> {
  const originMs = monotonicMs()
  const events: NewEvent[] = []
  const generator = await startGenerator({ originMs, warmUp: false, onEvents: (batch) => events.push(...batch) })
  const ofScenario = (scenario: string | undefined) => (event: NewEvent) =>
    scenario === undefined || event.scenario === scenario
  const rig: Rig = {
    originMs,
    generator,
    events,
    sent: (scenario) => events.filter(ofScenario(scenario)).filter((event) => event.kind === 'request-sent'),
    answered: (scenario) => events.filter(ofScenario(scenario)).filter((event) => event.kind === 'request-answered'),
    answerTo: (id) => {
      const answers = rig.answered().filter((event) => event.id === id)
      const [answer] = answers
      if (!answer || answers.length > 1) throw new Error(`${answers.length} answers to ${id}, 1 expected`)
      return answer
    },
    heartbeats: () => events.filter((event) => event.kind === 'heartbeat'),
    clear: () => {
      events.length = 0
    },
    [Symbol.asyncDispose]: () => generator.stop(),
  }
  return rig
}

/** One request through a transport alone; resolves with `200` or the error. */
export function sendOnce(transport: Transport, request: PlannedRequest): Promise<string> {
  return new Promise((resolve) => {
    let outcome = ''
    transport.send(request, {
      written: () => {},
      head: (status) => {
        outcome = String(status)
      },
      bytes: () => {},
      call: (grpcStatus) => {
        outcome = `grpc ${grpcStatus}`
      },
      done: () => resolve(outcome),
      failed: (error, detail) => resolve(`${error}: ${detail}`),
    })
  })
}

export interface TestServer extends AsyncDisposable {
  readonly target: LoadTarget
}

export async function startHttpServer(handler: Handler): Promise<TestServer> {
  const server = createServer({ keepAliveTimeout: 600_000 }, handler)
  return listening(server, () => server.closeAllConnections())
}

/** The handler gets the raw socket; each chunk is a request, since the generator has one in flight a connection. */
export async function startTcpServer(onSocket: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  return listening(server, () => {
    for (const socket of sockets) socket.destroy()
  })
}

export async function startHttp2Server(
  onStream: (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void,
  maxConcurrentStreams = 1000,
): Promise<TestServer & { readonly sessions: () => number }> {
  const server = createHttp2Server({ settings: { maxConcurrentStreams } })
  const open = new Set<{ destroy(): void }>()
  let sessions = 0
  server.on('session', (session) => {
    sessions++
    open.add(session)
    session.on('error', () => {})
    session.on('close', () => open.delete(session))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    onStream(stream, headers)
  })
  const started = await listening(server, () => {
    for (const session of open) session.destroy()
  })
  return { ...started, sessions: () => sessions }
}

/** An address where nobody listens. */
export async function refusedTarget(): Promise<LoadTarget> {
  await using server = await startTcpServer(() => {})
  return server.target
}

async function listening(server: Server | HttpServer | Http2Server, destroy: () => void): Promise<TestServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    target: { address: '127.0.0.1', port },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        destroy()
      }),
  }
}
