// Serves the live page of a run on loopback: the page, a stream of server-sent events, and at the end the files of the run
// folder that a person looks at. A random token in the path keeps other users of the machine out, a check of the Host header
// web pages that got here by a rebound name. Once a second it looks at what has come; nothing waits for it.

import { timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import type { NewEvent } from '../../core/history.ts'
import { drawToken } from '../../core/random.ts'
import type { RunReport } from '../../core/report-model.ts'
import { tallySentence } from '../ranking.ts'
import { livePage, livePolicy } from './live-page.ts'
import { type LiveState, liveState } from './live-state.ts'

export interface LivePageServer extends AsyncDisposable {
  readonly url: string
  readonly begin: LiveState['begin']
  event(event: NewEvent): void
  /** Its report files are there. Every open page is told, and goes to the report unless `more` runs follow. */
  finished(report: RunReport, runFolder: string, more: boolean): Promise<void>
  /** Nothing listens afterwards. Pages that were just told of the report get a moment to fetch it. */
  close(): Promise<void>
}

const tickMs = 1000
const clientsMax = 8
/** A page that does not read what it is sent is let go. */
const unreadBytesMax = 1_000_000
const fetchWithinMs = 3_000
const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'report.json': 'application/json; charset=utf-8',
  'junit.xml': 'application/xml; charset=utf-8',
  'summary.md': 'text/plain; charset=utf-8',
  'metrics.prom': 'text/plain; charset=utf-8',
  'config.patch': 'text/plain; charset=utf-8',
}

/** Port 0 takes a free one. @throws EnvironmentError when it cannot be opened */
export async function serveLivePage(port: number): Promise<LivePageServer> {
  const state = liveState()
  const token = drawToken()
  const clients = new Set<ServerResponse>()
  const fetching = new Set<Promise<unknown>>()
  let done: { readonly told: string; readonly runFolder: string } | undefined
  let waitingFor = 0
  const fetched = Promise.withResolvers<void>()

  const send = (response: ServerResponse, name: string, data: string) => {
    if (response.writableLength > unreadBytesMax) response.destroy()
    else response.write(`event: ${name}\ndata: ${data}\n\n`)
  }
  const sendAll = (name: string, data: string) => {
    for (const client of clients) send(client, name, data)
  }
  const greet = (response: ServerResponse) => {
    if (clients.size >= clientsMax) return end(response, 503, `at most ${clientsMax} pages at once`)
    response.writeHead(200, { ...guards, 'content-type': 'text/event-stream; charset=utf-8' })
    clients.add(response)
    response.once('close', () => clients.delete(response))
    send(response, 'run', JSON.stringify(state.plan()))
    send(response, 'tick', JSON.stringify(state.figures(monotonicMs(), 'all')))
    if (done !== undefined) send(response, 'finished', done.told)
  }
  const give = async (response: ServerResponse, name: string) => {
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    if (type === undefined || done === undefined) return end(response, 404, 'no such file')
    const body = await readFile(join(done.runFolder, name)).catch(() => undefined)
    if (body === undefined) return end(response, 404, 'no such file')
    response.writeHead(200, { ...guards, 'content-type': type }).end(body)
    if (name !== 'index.html') return
    response.once('finish', () => {
      waitingFor--
      if (waitingFor <= 0) fetched.resolve()
    })
  }
  const server = createServer((request, response) => {
    const path = pathWithin(request, token)
    if (typeof path === 'number') return end(response, path, 'not here')
    if (path === '') return page(response)
    if (path === 'events') return greet(response)
    const giving = give(response, path.replace(/^report\//, ''))
    fetching.add(giving)
    void giving.finally(() => fetching.delete(giving))
  })
  const bound = await listen(server, port)
  const timer = setInterval(() => {
    if (clients.size === 0) return
    const changed = state.figures(monotonicMs(), 'changed')
    // An empty tick still says that the run goes on.
    sendAll('tick', JSON.stringify(changed))
  }, tickMs)

  const close = async () => {
    clearInterval(timer)
    if (waitingFor > 0) await within(fetchWithinMs, fetched.promise)
    for (const client of clients) client.end()
    const closed = Promise.withResolvers<void>()
    server.close(() => closed.resolve())
    await Promise.allSettled(fetching)
    server.closeAllConnections()
    await closed.promise
  }
  return {
    url: `http://127.0.0.1:${bound}/${token}/`,
    begin(run) {
      done = undefined
      state.begin(run)
      sendAll('run', JSON.stringify(state.plan()))
    },
    event: state.event,
    async finished(report, runFolder, more) {
      const told = JSON.stringify(toldOf(report, more))
      done = { told, runFolder }
      sendAll('tick', JSON.stringify(state.figures(monotonicMs(), 'changed')))
      sendAll('finished', told)
      if (!more) waitingFor = clients.size
    },
    close,
    [Symbol.asyncDispose]: close,
  }

  function page(response: ServerResponse): void {
    response.writeHead(200, {
      ...guards,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': livePolicy,
    })
    response.end(livePage)
  }
}

const guards = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const

function toldOf({ verdict, scenarios, ...report }: RunReport, more: boolean) {
  return {
    verdict,
    sentence: tallySentence({ ...report, verdict, scenarios }),
    scenarios: scenarios.map(({ name, verdict: own }) => ({ name, verdict: own })),
    report: 'report/index.html',
    more,
  }
}

/** What follows the token in the path, or the status of the refusal. */
function pathWithin(request: IncomingMessage, token: string): string | number {
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) return 421
  const [, given = '', rest] = /^\/([^/?]*)\/([^?]*)/.exec(request.url ?? '') ?? []
  const same = given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token))
  if (!same || rest === undefined) return 404
  return request.method === 'GET' ? rest : 405
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { ...guards, 'content-type': 'text/plain; charset=utf-8' }).end(body)
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.maxConnections = 32
  server.requestTimeout = 5000
  server.once('error', (error: NodeJS.ErrnoException) => {
    const seen = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message
    const hint = 'choose another with --live PORT, or 0 for a free one'
    reject(new EnvironmentError(`live page: port ${port} on 127.0.0.1 could not be opened: ${seen}\n  hint: ${hint}`))
  })
  server.listen(port, '127.0.0.1', () => {
    const address = server.address()
    resolve(typeof address === 'object' && address !== null ? address.port : port)
  })
  return promise
}

async function within(limitMs: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([promise, limit])
  clearTimeout(timer)
}
