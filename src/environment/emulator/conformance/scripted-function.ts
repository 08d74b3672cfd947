// Functions that ask the probe what to do: each invocation is told to a server of ours, whose answer is awaited, thrown or
// returned. So a probe sees every invocation as the function saw it, and needs no code of its own in the emulator.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monotonicMs } from '../../../core/clock.ts'

export interface ScriptedCall {
  readonly requestId: string
  readonly event: unknown
  /** Of the process. */
  readonly pid: number
  readonly atMs: number
  /** Counts from 1 among the invocations of this function. */
  readonly number: number
}

/** What an invocation comes to; it lasts as long as the promise. */
export type ScriptedEnd = { readonly error?: string } | undefined
export type Script = (call: ScriptedCall) => ScriptedEnd | Promise<ScriptedEnd>

export interface ScriptedCalls {
  /** All invocations so far; grows. */
  readonly calls: readonly ScriptedCall[]
}

export interface ScriptServer extends AsyncDisposable {
  readonly url: string
  readonly serve: (name: string, script: Script) => ScriptedCalls
}

/** CommonJS, for one file in a zip. */
export const SCRIPTED_SOURCE = `
const http = require('node:http')
exports.handler = (event, context) => new Promise((resolve, reject) => {
  const request = http.request(process.env.SCRIPT_URL, { method: 'POST', agent: false }, (response) => {
    const chunks = []
    response.on('data', (chunk) => chunks.push(chunk))
    response.on('end', () => {
      const { error } = JSON.parse(Buffer.concat(chunks).toString())
      if (error === undefined) resolve('done')
      else reject(new Error(error))
    })
  })
  request.on('error', reject)
  request.end(JSON.stringify({ event, requestId: context.awsRequestId, pid: process.pid }))
})
`

export async function startScriptServer(): Promise<ScriptServer> {
  const scripts = new Map<string, { readonly script: Script; readonly calls: ScriptedCall[] }>()
  const server = createServer(async (request, response) => {
    const found = scripts.get((request.url ?? '').slice(1))
    const body = await bodyOf(request)
    if (found === undefined) {
      response.writeHead(404).end('{}')
      return
    }
    const call: ScriptedCall = { ...body, atMs: monotonicMs(), number: found.calls.length + 1 }
    found.calls.push(call)
    const end = (await found.script(call)) ?? {}
    response.end(JSON.stringify(end))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (name, script) => {
      const calls: ScriptedCall[] = []
      scripts.set(name, { script, calls })
      return { calls }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Pick<ScriptedCall, 'event' | 'requestId' | 'pid'>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Pick<ScriptedCall, 'event' | 'requestId' | 'pid'>
}
