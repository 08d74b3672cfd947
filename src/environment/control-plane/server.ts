// The REST xDS server: POST /v3/discovery:{clusters,routes,endpoints} over stored objects, and POST
// /v1/registration/CLUSTER (form: ip, port, revision, tags) for hosts. A poll whose version is current is held until
// there is news, so a change reaches Envoy within milliseconds. Loopback only; whoever registers must know the token.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  bookkeeping,
  currentResponse,
  type DiscoveryRequest,
  type Outcome,
  type ResourceType,
  resourceTypes,
} from './discovery.ts'
import type { ObjectStore } from './object-store.ts'
import { storedRegistrations } from './registrations.ts'

export interface ControlPlaneOptions {
  readonly store: ObjectStore
  readonly address: string
  readonly port: number
  readonly token: string
  /** How long a poll without news is held before it is answered 304. */
  readonly holdMs: number
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

const bodyBytesMax = 1_000_000
/** A rejected version is offered again only after this long, or Envoy would poll without pause. */
const offerAgainMs = 500

/** Rejects with the system's error when the port is taken. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const registrations = storedRegistrations(options.store, options.lifetimeMs)
  const book = bookkeeping()
  const waiters = new Set<() => void>()
  let garbage = false
  let changes = 0
  const wake = () => {
    changes++
    for (const waiter of [...waiters]) waiter()
  }
  const unwatch = options.store.watch(wake)
  const sweeping = setInterval(
    () => void registrations.sweep().then((dropped) => dropped && wake()),
    options.lifetimeMs / 10,
  )

  const discover = async (type: ResourceType, request: DiscoveryRequest, response: ServerResponse) => {
    if (garbage) return answer(response, 200, '{"version_info": "garbage", "resources": [{"@type": "no such type"')
    const first = await currentResponse(options.store, registrations, type, request)
    if (first === undefined) return answer(response, 404, '')
    const outcome = book.asked(type, request, first.version_info)
    if (outcome?.isNews) options.onOutcome(outcome)
    const rejected = outcome?.kind === 'rejected'
    if (request.version_info !== first.version_info && !rejected) return serve(type, request, first, response)
    const current = await heldUntilNews(
      type,
      request,
      first.version_info,
      response,
      rejected ? offerAgainMs : options.holdMs,
    )
    if (response.destroyed) return
    if (garbage) return answer(response, 200, 'garbage')
    if (current === undefined || current.version_info === request.version_info) return answer(response, 304, '')
    return serve(type, request, current, response)
  }

  const serve = (
    type: ResourceType,
    request: DiscoveryRequest,
    current: { version_info: string },
    response: ServerResponse,
  ) => {
    book.served(type, request, current.version_info)
    answer(response, 200, JSON.stringify(current))
  }

  const heldUntilNews = async (
    type: ResourceType,
    request: DiscoveryRequest,
    known: string,
    response: ServerResponse,
    holdMs: number,
  ) => {
    const deadline = AbortSignal.timeout(holdMs)
    for (;;) {
      const before = changes
      const current = await currentResponse(options.store, registrations, type, request)
      const over = deadline.aborted || response.destroyed || garbage
      if (over || current?.version_info !== known) return current
      // What changed while we read would wake nobody: read again instead of waiting.
      if (changes === before) await nextChange(waiters, response, deadline)
    }
  }

  const register = async (cluster: string, request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization !== `Bearer ${options.token}`)
      return answer(response, 403, 'wrong or missing token')
    const form = new URLSearchParams(await readBody(request))
    const port = Number(form.get('port'))
    const ip = form.get('ip') ?? ''
    if (ip === '' || !Number.isInteger(port) || port < 1 || port > 65535) {
      return answer(response, 400, 'a registration needs ip and port (form fields), port 1 to 65535')
    }
    await registrations.register(cluster, {
      ip,
      port,
      revision: form.get('revision') ?? '',
      tags: readTags(form.get('tags')),
    })
    wake()
    answer(response, 200, '')
  }

  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    handle(request, response).catch((error: Error) => {
      if (!response.headersSent) answer(response, 400, error.message)
    })
  })

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isOurHost(request.headers.host)) return answer(response, 421, 'unexpected Host header')
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const type = resourceTypes.find((candidate) => path === `/v3/discovery:${candidate}`)
    if (request.method === 'POST' && type !== undefined) {
      return discover(type, JSON.parse(await readBody(request)) as DiscoveryRequest, response)
    }
    const cluster = /^\/v1\/registration\/([^/]+)$/.exec(path)?.[1]
    if (request.method === 'POST' && cluster !== undefined)
      return register(decodeURIComponent(cluster), request, response)
    return answer(response, 404, '')
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.address, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    setGarbage(on) {
      garbage = on
      wake()
    },
    async close() {
      clearInterval(sweeping)
      unwatch()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Resolves at a change, when the client leaves, or at the deadline. */
function nextChange(waiters: Set<() => void>, response: ServerResponse, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      waiters.delete(done)
      response.off('close', done)
      deadline.removeEventListener('abort', done)
      resolve()
    }
    waiters.add(done)
    response.once('close', done)
    deadline.addEventListener('abort', done)
  })
}

/** Envoy names its xDS cluster in Host; everybody else must come by a loopback name, or a web page could reach us. */
function isOurHost(host: string | undefined): boolean {
  return /^(xds|localhost|127\.0\.0\.\d+|\[::1\])(:\d+)?$/.test(host ?? '')
}

function readTags(text: string | null): Readonly<Record<string, unknown>> {
  return text === null || text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyBytesMax) throw new Error(`body above ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
