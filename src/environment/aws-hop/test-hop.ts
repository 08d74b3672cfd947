// For this folder's tests: a hop before a tiny origin whose behaviour each test chooses, and clients that tell how a call ended.

import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CallAction } from '../../core/pipeline-fault.ts'
import { type AwsHop, startAwsHop } from './aws-hop.ts'
import type { HopCall, HopCallSeen } from './hop-context.ts'

export interface TestHop extends AsyncDisposable {
  readonly hop: AwsHop
  readonly calls: readonly HopCall[]
  readonly seen: readonly HopCallSeen[]
  /** `POST /path` of what reached the origin, and its body. */
  readonly arrived: readonly { readonly line: string; readonly body: string }[]
  readonly crashed: readonly string[]
  /** The next event that the hop tells. */
  told(): Promise<HopCall>
  stopOrigin(): void
}

export type Answer = (incoming: IncomingMessage, response: ServerResponse, body: string) => void

/** @param action what is planned for every call */
export async function testHop(
  action?: CallAction,
  answer: Answer = (_, response) => response.end('ok'),
): Promise<TestHop> {
  const arrived: { line: string; body: string }[] = []
  const origin = createServer(async (incoming, response) => {
    const body = await text(incoming).catch(() => '')
    arrived.push({ line: `${incoming.method} ${incoming.url}`, body })
    answer(incoming, response, body)
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const { port } = origin.address() as AddressInfo
  const calls: HopCall[] = []
  const seen: HopCallSeen[] = []
  const crashed: string[] = []
  const waiting: ((call: HopCall) => void)[] = []
  const hop = await startAwsHop({
    upstream: () => `http://127.0.0.1:${port}`,
    now: () => performance.now(),
    namesOf: (payload) => [...payload.matchAll(/obj:([\w/]+)/g)].map(([, name = '']) => name),
    decide: (call) => {
      seen.push(call)
      return action === undefined ? undefined : { action, fault: 'planned', detail: 'as planned' }
    },
    crash: (invocation16) => crashed.push(invocation16),
    onCall: (call) => {
      calls.push(call)
      waiting.shift()?.(call)
    },
  })
  const stopOrigin = () => {
    origin.close()
    origin.closeAllConnections()
  }
  return {
    hop,
    calls,
    seen,
    arrived,
    crashed,
    told: () => {
      const { promise, resolve } = Promise.withResolvers<HopCall>()
      waiting.push(resolve)
      return promise
    },
    stopOrigin,
    async [Symbol.asyncDispose]() {
      await hop.stop()
      stopOrigin()
    },
  }
}

export const invocation16 = '0123456789abcdef'

/** Headers of an SDK's call from the function `logs-main`. */
export function sdkHeaders(service: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    'user-agent': 'aws-sdk-js/3.1 ua/2.1 app/logs-main',
    'x-amzn-trace-id': `Root=1-00000000-000000000000000000000000;Parent=${invocation16};Sampled=1`,
    ...extra,
  }
}

export interface Ended {
  readonly status?: number
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: string
  /** Code of the error, where there was no whole answer. */
  readonly error?: string
}

interface Ask {
  readonly method?: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
}

export function askHttp1(port: number, { method = 'POST', path, headers, body = '', signal }: Ask): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers,
    agent: false,
    ...(signal ? { signal } : {}),
  })
  outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.name }))
  outgoing.on('response', async (incoming) => {
    const status = incoming.statusCode ?? 0
    const pieces: Buffer[] = []
    try {
      for await (const piece of incoming) pieces.push(piece)
      resolve({ status, headers: incoming.headers, body: Buffer.concat(pieces).toString() })
    } catch (error) {
      resolve({
        status,
        error: (error as NodeJS.ErrnoException).code ?? 'error',
        body: Buffer.concat(pieces).toString(),
      })
    }
  })
  outgoing.end(body)
  return promise
}

/** HTTP/2 with prior knowledge. */
export async function askHttp2(port: number, { method = 'POST', path, headers, body = '' }: Ask): Promise<Ended> {
  const session = connect(`http://127.0.0.1:${port}`)
  const { promise, resolve } = Promise.withResolvers<Ended>()
  session.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? 'error' }))
  session.on('close', () => resolve({ error: 'closed' }))
  const stream = session.request({ ':method': method, ':path': path, ...headers })
  let status: number | undefined
  let got = ''
  stream.setEncoding('utf8')
  stream.on('response', (head) => {
    status = head[':status'] ?? 0
  })
  stream.on('data', (piece: string) => {
    got += piece
  })
  stream.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? 'error' }))
  stream.on('end', () => resolve(status === undefined ? { error: 'no answer' } : { status, body: got }))
  stream.end(body)
  const ended = await promise
  session.destroy()
  return ended
}
