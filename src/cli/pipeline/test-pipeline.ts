// For the tests of the operator's commands: a small config with a handler, and an endpoint that answers as the parts of AWS
// do that these commands call. What the real ones do is the live test's business.

import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Finished, Playground } from '../test-rig.ts'

export const smallConfig = {
  stack_name: 'demo-logs',
  backend: {
    sns_topics: [{ name: 'Objects', arn: 'arn:aws:sns:us-east-1:000000000000:demo-objects' }],
    lane: { slow: { batch_size: 2, delay: 0.5 } },
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the config's own notation
  handler: { path: 'handler.ts', args: { mode: '${MODE}' } },
  bucket_mapping: {
    'demo-logs': [
      { prefix: 'fast/', format: ['s3-lines', 'json'] },
      { prefix: 'ignored/', format: ['ignore'] },
    ],
  },
}

/** Does on line 3 what `mode` says. */
const handler = `
enum Unit { one = 1 }
export default () => {
  let mode = ''
  let taken = 0
  return {
    setup(args: { mode: string }) {
      mode = args.mode
      console.log('the handler speaks')
      if (mode === 'bad-setup') throw new Error('no such mode')
    },
    async recv(meta: { source: { line: number } }) {
      taken += Unit.one
      if (meta.source.line !== 3) return
      if (mode === 'throw') throw new TypeError('no third line, please')
      if (mode === 'exit') process.exit(0)
      if (mode === 'hang') await new Promise(() => {})
      if (mode === 'loop') for (;;) taken++
      if (mode === 'stray') setTimeout(() => { throw new Error('nobody waits for this') }), await new Promise(() => {})
    },
    result() {
      if (mode === 'timer') setInterval(() => {}, 1000)
      if (mode === 'late') process.nextTick(() => { throw new Error('too late') })
      return { taken, profile: process.env.AWS_PROFILE ?? 'none' }
    },
  }
}
`

/** Writes `config.yml` and its handler where a command looks for them. */
export function putPipeline(where: Playground, folder = '.'): string {
  where.write(`${folder}/handler.ts`, handler)
  return where.write(`${folder}/config.yml`, smallConfig)
}

export interface ParkedRow {
  readonly id: string
  readonly at: string
  readonly code: string
  readonly message: string
  readonly argument: string
}

export interface FakeAws extends AsyncDisposable {
  readonly endpoint: string
  /** Payloads of the invocations of Drain. */
  readonly drained: unknown[]
  /** What was set: bodies of the calls that change a lane. */
  readonly changes: unknown[]
}

/** A table that gives two rows a page, a Drain that is told what to answer, and a Dispatcher with its mapping. */
export async function fakeAws(rows: readonly ParkedRow[], drainAnswer: unknown = {}): Promise<FakeAws> {
  const drained: unknown[] = []
  const changes: unknown[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { status, answer } = answerTo(request, body, { rows, drainAnswer, drained, changes })
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drained,
    changes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface State {
  readonly rows: readonly ParkedRow[]
  readonly drainAnswer: unknown
  readonly drained: unknown[]
  readonly changes: unknown[]
}

interface CallBody {
  readonly TableName?: string
  readonly Key?: { readonly request_id: { readonly S: string } }
  readonly ExclusiveStartKey?: { readonly request_id: { readonly S: string } }
}

function answerTo(request: IncomingMessage, body: string, state: State): { status: number; answer: unknown } {
  const ok = (answer: unknown) => ({ status: 200, answer })
  const call = (body === '' ? {} : JSON.parse(body)) as CallBody
  const url = request.url ?? ''
  const target = String(request.headers['x-amz-target'] ?? '')
  if (target !== '' && call.TableName !== 'demo-logs-errors') {
    return { status: 400, answer: { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException' } }
  }
  if (target.endsWith('.Scan')) return ok(pageOf(state.rows, call.ExclusiveStartKey?.request_id.S))
  if (target.endsWith('.GetItem')) {
    const row = state.rows.find(({ id }) => id === call.Key?.request_id.S)
    return ok(row === undefined ? {} : { Item: itemOf(row) })
  }
  if (url.includes('/functions/demo-logs-drain/invocations')) {
    state.drained.push(call)
    return ok(state.drainAnswer)
  }
  if (request.method === 'PUT') {
    state.changes.push(call)
    return ok({})
  }
  if (url.includes('/functions/demo-logs-dispatcher-slow')) return ok({ Environment: { Variables: { DELAY: '0.5' } } })
  if (url.includes('/event-source-mappings')) return ok({ EventSourceMappings: [{ UUID: 'mapping', BatchSize: 2 }] })
  return { status: 404, answer: { Message: `no such function: ${url}`, __type: 'ResourceNotFoundException' } }
}

function pageOf(rows: readonly ParkedRow[], after: string | undefined): unknown {
  const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1
  const page = rows.slice(from, from + 2)
  const last = page.at(-1)
  const isMore = from + page.length < rows.length && last !== undefined
  return { Items: page.map(itemOf), ...(isMore ? { LastEvaluatedKey: { request_id: { S: last.id } } } : {}) }
}

function itemOf({ id, at, code, message, argument }: ParkedRow): Record<string, { S: string }> {
  return {
    request_id: { S: id },
    parked_at: { S: at },
    error_code: { S: code },
    error_message: { S: message },
    argument: { S: argument },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/**
 * `main` in this very process, for the many cases of which a process each would take a minute: arguments in, exit code
 * and texts out. One at a time, as stdout, stderr and the environment are everybody's.
 */
export async function inProcess(
  main: (args: readonly string[]) => Promise<number>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const text = { stdout: '', stderr: '' }
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write }
  const before = { ...process.env }
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: string | Uint8Array) => {
      text[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      return true
    }
  }
  Object.assign(process.env, env)
  try {
    return { code: await main(args), signal: null, ...text }
  } finally {
    Object.assign(process.stdout, { write: writes.stdout })
    Object.assign(process.stderr, { write: writes.stderr })
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}
