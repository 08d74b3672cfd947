// The REST xDS server: POST /v3/discovery:{clusters,routes,endpoints} over stored objects, and POST
// /v1/registration/CLUSTER (form: ip, port, revision, tags) for hosts, DELETE of the same (form: ip, port) to take leave.
// Loopback only; whoever registers must know the token.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Bookkeeping, bookkeeping, type Outcome } from './bookkeeping.ts'
import { type Changes, changes } from './changes.ts'
import { currentResponse, type ResourceType, readDiscoveryRequest, resourceTypes } from './discovery.ts'
import { awaitAnswer, type LongPollParts } from './long-poll.ts'
import type { ObjectStore } from './object-store.ts'
import { readRegistration } from './registration-request.ts'
import { type Registrations, storedRegistrations } from './registrations.ts'
import { readBody } from './request-body.ts'
import { RequestError } from './request-error.ts'
import { startSweeping } from './sweeping.ts'

export interface ControlPlaneOptions {
  readonly store: ObjectStore
  readonly address: string
  readonly port: number
  readonly token: string
  /** How long a poll without news is held before it is answered 304. */
  readonly holdMs: number
  /** Pause before a refused version is offered again, and between answers that are garbage. Default 500. */
  readonly pauseMs?: number
  /** A client that takes longer to send its request is cut off. Default 5000. */
  readonly requestWithinMs?: number
  /** How long a registration lives unless it is refreshed. */
  readonly lifetimeMs: number
  readonly onOutcome: (outcome: Outcome) => void
}

export interface ControlPlane {
  readonly port: number
  /** From now on every poll is answered with bytes that are no DiscoveryResponse, or properly again. */
  setGarbage(on: boolean): void
  close(): Promise<void>
}

const pauseMsDefault = 500
const requestWithinMsDefault = 5_000
const connectionsMax = 1024
const garbageText = '{"version_info": "garbage", "resources": [{"@type": "no such type"'

/** Rejects with the system's error when the port is taken. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { store, lifetimeMs, requestWithinMs = requestWithinMsDefault } = options
  const registrations = storedRegistrations(store, lifetimeMs)
  await registrations.pardon()
  const news = changes()
  let garbage = false
  const handlers = requestHandlers(options, registrations, news, () => garbage)
  const server = createServer(
    {
      keepAliveTimeout: 600_000,
      requestTimeout: requestWithinMs,
      headersTimeout: requestWithinMs,
      connectionsCheckingInterval: requestWithinMs / 5,
    },
    (request, response) => void handle(request, response, handlers),
  )
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.address, resolve)
  })
  const unwatch = store.watch(['v3/discovery/clusters', 'v3/discovery/routes'], news.announce)
  const stopSweeping = startSweeping(registrations, lifetimeMs, news.announce)
  return {
    port: (server.address() as AddressInfo).port,
    setGarbage(on) {
      garbage = on
      news.announce()
    },
    async close() {
      stopSweeping()
      unwatch()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      // Who asked is gone, but what was asked is still being written.
      await registrations.idle()
    },
  }
}

interface RequestHandlers {
  discover(type: ResourceType, request: IncomingMessage, response: ServerResponse): Promise<void>
  register(cluster: string, request: IncomingMessage, response: ServerResponse): Promise<void>
  deregister(cluster: string, request: IncomingMessage, response: ServerResponse): Promise<void>
}

function requestHandlers(
  options: ControlPlaneOptions,
  registrations: Registrations,
  news: Changes,
  isGarbage: () => boolean,
): RequestHandlers {
  const { store, holdMs, pauseMs = pauseMsDefault, token } = options
  const book = bookkeeping()
  const polls: LongPollParts = {
    book,
    changes: news,
    holdMs,
    pauseMs,
    isGarbage,
    current: (type, request) => currentResponse(store, registrations, type, request),
  }
  return {
    discover: (type, request, response) => discover(type, request, response, polls, options.onOutcome),
    async register(cluster, request, response) {
      const host = await readRegistration(cluster, request, token)
      await registrations.register(cluster, host)
      news.announce()
      answer(response, 200, '')
    },
    async deregister(cluster, request, response) {
      const host = await readRegistration(cluster, request, token)
      const wasThere = await registrations.deregister(cluster, host)
      if (wasThere) news.announce()
      answer(response, wasThere ? 200 : 404, '')
    },
  }
}

async function discover(
  type: ResourceType,
  request: IncomingMessage,
  response: ServerResponse,
  polls: LongPollParts,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const { book } = polls
  const asked = readDiscoveryRequest(await readBody(request))
  const outcome = polls.isGarbage() ? undefined : book.asked(type, asked)
  if (outcome?.isNews) onOutcome({ kind: outcome.kind, type, version: outcome.version, node: outcome.node })
  const reply = await awaitAnswer(type, asked, outcome, response, polls)
  if (reply.kind === 'garbage') answer(response, 200, garbageText)
  else if (reply.kind === 'nothing-stored') answer(response, 404, '')
  else if (reply.kind === 'no-news') answer(response, 304, '')
  else if (reply.kind === 'news') {
    book.served(type, asked, reply.response.version_info)
    forgetWhenLost(response, () => book.forget(type, asked))
    answer(response, 200, JSON.stringify(reply.response))
  }
}

function forgetWhenLost(response: ServerResponse, forget: () => ReturnType<Bookkeeping['forget']>): void {
  response.once('close', () => {
    if (!response.writableFinished) forget()
  })
}

async function handle(request: IncomingMessage, response: ServerResponse, handlers: RequestHandlers): Promise<void> {
  try {
    await route(request, response, handlers)
  } catch (error) {
    if (response.headersSent || response.destroyed) return
    const status = error instanceof RequestError ? error.status : 500
    // What is left of the request will not be read.
    if (!request.complete) response.setHeader('connection', 'close')
    answer(response, status, (error as Error).message)
  }
}

async function route(request: IncomingMessage, response: ServerResponse, handlers: RequestHandlers): Promise<void> {
  if (!isOurHost(request.headers.host)) throw new RequestError(421, 'unexpected Host header')
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const type = resourceTypes.find((candidate) => path === `/v3/discovery:${candidate}`)
  const cluster = /^\/v1\/registration\/([^/]+)$/.exec(path)?.[1]
  if (type === undefined && cluster === undefined) throw new RequestError(404, `no such path: ${path.slice(0, 200)}`)
  if (cluster !== undefined && request.method === 'DELETE') {
    return handlers.deregister(decoded(cluster), request, response)
  }
  if (request.method !== 'POST') throw new RequestError(405, 'POST expected')
  if (type !== undefined) return handlers.discover(type, request, response)
  if (cluster !== undefined) return handlers.register(decoded(cluster), request, response)
}

/** Envoy names its xDS cluster in Host; everybody else must come by a loopback name, or a web page could reach us. */
function isOurHost(host: string | undefined): boolean {
  return /^(xds|localhost|127\.0\.0\.\d{1,3}|\[::1\])(:\d{1,5})?$/.test(host ?? '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RequestError(400, 'the name of a cluster, percent-encoded, expected in the path')
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return
  const bodiless = status === 304
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(bodiless ? {} : { 'content-length': Buffer.byteLength(body) }),
  })
  response.end(bodiless ? undefined : body)
}
