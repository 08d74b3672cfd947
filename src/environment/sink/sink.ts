// The downstream of the handlers: takes lines over HTTP, at most as many calls at once as it has capacity, and says in the
// history which lines it took before it answers. One sink serves all scenarios of a run, told apart by the path. Faults on
// it are decided and told here in the terms of the fault hop, so that handlers need not go through the hop to meet them;
// whether a line was owed is none of its business.
//
//   POST /KEY/deliver ─► fault: delay ─► place (in order) ─► service time ─► line-delivered ─► told ─► 200

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvironmentError } from '../../core/errors.ts'
import type { NewEvent } from '../../core/history.ts'
import type { CallAction } from '../../core/pipeline-fault.ts'
import { attributionOf, roleOf } from '../aws-hop/attribution.ts'
import { endToEnd } from '../aws-hop/exchange.ts'
import type { HopCall, HopCallSeen, HopDecision } from '../aws-hop/hop-context.ts'
import { type Delivery, deliveredRuns, type PutContent, readDelivery } from './delivery.ts'
import { type Places, places } from './places.ts'
import { type RecentLatency, recentLatency } from './recent-latency.ts'

export interface SinkScenario {
  /** Part of its path: letters, digits, `-`. */
  readonly key: string
  readonly scenario: string
  readonly serviceTimeMs: number
  /** Calls worked on at once; absent: any number. */
  readonly capacity?: number
  /** What was put under this name (`bucket/key`). */
  readonly contentOf: (object: string) => PutContent | undefined
  /** What the plan has in store for a call; absent where handlers reach the sink through the hop. */
  readonly decide?: (call: HopCallSeen) => HopDecision | undefined
  /** Told at the end of each call; absent where the hop tells it. */
  readonly onCall?: (call: HopCall) => void
}

export interface SinkOptions {
  /** Default: any free one. */
  readonly port?: number
  readonly emit: (event: NewEvent) => void
  /** Milliseconds since the run's origin. */
  readonly now: () => number
  /** Kills the function's process that makes this call; resolves when it is dead. */
  readonly crash?: (invocation16: string) => void | Promise<void>
}

export interface Sink {
  readonly port: number
  /** Begins to take calls of a scenario, or takes new settings for it. */
  serve(scenario: SinkScenario): void
  /** What a handler is told; it posts to `URL/deliver`. */
  urlOf(key: string): string
  /** 99th percentile of the last second, waiting included, in milliseconds; `undefined` when nobody called. */
  latencyOf(key: string): number | undefined
  /** Open calls are cut off. Safe to call twice. */
  stop(): Promise<void>
}

interface Served extends SinkScenario {
  readonly places: Places
  readonly latency: RecentLatency
}

/** A call as it goes through the sink. */
interface Call {
  readonly served: Served
  readonly delivery: Delivery
  readonly startMs: number
  readonly seen: HopCallSeen
  readonly decision: HopDecision | undefined
}

interface Outcome {
  /** 0: the connection is reset instead of an answer. */
  readonly status: number
  readonly error?: string
  readonly applied: boolean
}

const bodyBytesMax = 64 * 1024 * 1024
const waitingMax = 100_000
const longKeepAliveMs = 600_000

/** @throws EnvironmentError when the port is taken */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const scenarios = new Map<string, Served>()
  const server = createServer(
    { keepAliveTimeout: longKeepAliveMs, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => void handle(request, response, scenarios, options),
  )
  const port = await listening(server, options.port ?? 0)
  return {
    port,
    serve(scenario) {
      const known = scenarios.get(scenario.key)
      scenarios.set(scenario.key, {
        ...scenario,
        places: places(scenario.capacity ?? Number.POSITIVE_INFINITY, waitingMax),
        latency: known?.latency ?? recentLatency(),
      })
    },
    urlOf: (key) => `http://127.0.0.1:${port}/${key}`,
    latencyOf: (key) => scenarios.get(key)?.latency.p99(),
    stop: () =>
      new Promise((resolve) => {
        scenarios.clear()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new EnvironmentError(`the sink did not start: ${error.message}`)))
    server.listen(port, '127.0.0.1', 4096, () => resolve((server.address() as AddressInfo).port))
  })
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  scenarios: ReadonlyMap<string, Served>,
  options: SinkOptions,
): Promise<void> {
  // Whoever leaves in the middle is not our trouble; what it had sent whole is worked on all the same.
  response.on('error', () => {})
  const served = scenarios.get(/^\/([^/]+)\/deliver$/.exec(request.url ?? '')?.[1] ?? '')
  if (served === undefined) return answer(response, 404, { error: 'POST /KEY/deliver of a running scenario expected' })
  if (request.method !== 'POST') return answer(response, 405, { error: 'POST expected' })
  const ended = served.latency.began()
  const startMs = options.now()
  try {
    const body = await readBody(request)
    if (body === 'too-large') return answer(response, 413, { error: `at most ${bodyBytesMax} bytes in a call` })
    if (body === 'cut') return
    const delivery = readDelivery(body.text)
    if (typeof delivery === 'string') return answer(response, 400, { error: delivery })
    const seen = seenOf(request, delivery)
    await deliver({ served, delivery, startMs, seen, decision: served.decide?.(seen) }, response, options)
  } finally {
    ended()
  }
}

/** Calls without a mark of their own are the handler's, so they are `main`'s. */
function seenOf(request: IncomingMessage, { object, lines }: Delivery): HopCallSeen {
  const caller = attributionOf(endToEnd(request.headers))
  const role = caller.functionName === '' ? 'main' : roleOf(caller.functionName)
  return {
    ...caller,
    function: role,
    service: 'sink',
    operation: 'Deliver',
    objects: [object],
    entries: lines.length,
  }
}

async function deliver(call: Call, response: ServerResponse, options: SinkOptions): Promise<void> {
  const { seen, delivery } = call
  const action = call.decision?.action ?? {}
  if (action.delayMs !== undefined && action.delayMs > 0) await sleep(action.delayMs)
  const outcome = refusalBy(action) ?? (await take(call, action, options))
  // In a crash the process dies first: what it could still have done with an answer must not happen.
  if (action.crash !== undefined && seen.invocation16 !== undefined) await options.crash?.(seen.invocation16)
  call.served.onCall?.(told(call, outcome, options.now()))
  if (outcome.status === 0) response.socket?.resetAndDestroy()
  else if (outcome.status === 200) answer(response, 200, { taken: delivery.lines.length })
  else answer(response, outcome.status, { error: outcome.error ?? `status ${outcome.status}` })
}

/** What the fault answers in the sink's place; `undefined`: the call goes on. */
function refusalBy(action: CallAction): Outcome | undefined {
  if (action.status !== undefined) return { status: action.status, error: 'Injected', applied: false }
  if (action.throttle) return { status: 429, error: 'TooManyRequests', applied: false }
  if (action.reset === 'before' || action.crash === 'before') return { status: 0, error: 'reset', applied: false }
  return undefined
}

async function take(call: Call, action: CallAction, { emit, now }: SinkOptions): Promise<Outcome> {
  const { served, delivery } = call
  if (!(await served.places.take())) return { status: 503, error: 'QueueFull', applied: false }
  try {
    if (served.serviceTimeMs > 0) await sleep(served.serviceTimeMs)
    for (const { first, last, altered } of deliveredRuns(delivery, served.contentOf(delivery.object))) {
      emit({
        kind: 'line-delivered',
        src: 'sink',
        atMs: now(),
        scenario: served.scenario,
        object: delivery.object,
        line: first,
        ...(last === first ? {} : { last }),
        ...(altered ? { altered } : {}),
      })
    }
  } finally {
    served.places.release()
  }
  const lost = action.reset === 'after' || action.crash === 'after'
  return lost ? { status: 0, error: 'reset', applied: true } : { status: 200, applied: true }
}

function told({ seen, startMs, decision }: Call, outcome: Outcome, atMs: number): HopCall {
  return {
    kind: 'aws-called',
    atMs,
    startMs,
    ...seen,
    ...outcome,
    ...(decision === undefined ? {} : { fault: decision.fault, detail: decision.detail }),
  }
}

async function readBody(request: IncomingMessage): Promise<{ readonly text: string } | 'too-large' | 'cut'> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > bodyBytesMax) return 'too-large'
      chunks.push(chunk)
    }
  } catch {
    return 'cut'
  }
  return { text: Buffer.concat(chunks).toString() }
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed || response.writableEnded) return
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What is left of a request that was refused early will not be read.
    ...(response.req.complete ? {} : { connection: 'close' }),
  })
  response.end(body)
}
