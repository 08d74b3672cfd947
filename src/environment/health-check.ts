// The health check of a registrar: asks the app itself, past relay and fault listener, as a side-car on the same machine
// would. It says when the app has become unhealthy and when it is well again, and acts on nothing.

import { connect } from 'node:http2'
import { request } from 'undici'
import type { UpstreamRecord } from '../core/scenario-record.ts'
import type { HostPlace } from './topology.ts'

export interface HealthCheck {
  /** Resolves when no check is under way any more. */
  stop(): Promise<void>
}

/** An app that takes longer than this to say that it is well is not. */
const answerWithinMs = 1_000

/** `changed` hears why it is unhealthy, or `undefined` when it is well again. It counts as well at first. */
export function startHealthCheck(
  { address, upstreamPort, http2 }: Pick<HostPlace, 'address' | 'upstreamPort' | 'http2'>,
  { path, everyMs, failures }: NonNullable<UpstreamRecord['healthCheck']>,
  changed: (why: string | undefined) => void,
): HealthCheck {
  const stopping = new AbortController()
  let failed = 0
  let unhealthy = false
  const ask = async (): Promise<string | undefined> => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(Math.min(answerWithinMs, 4 * everyMs))])
    const url = `http://${address}:${upstreamPort}${path}`
    const status = http2 ? await askHttp2(url, path, signal) : await askHttp1(url, signal)
    return status >= 200 && status < 300 ? undefined : `${path} answers ${status}`
  }
  let asking: Promise<void> | undefined
  const check = async () => {
    const why = await ask().catch((error: Error) => `${path} fails: ${error.message}`)
    if (stopping.signal.aborted) return
    failed = why === undefined ? 0 : failed + 1
    const now = failed >= failures || (unhealthy && why !== undefined)
    if (now === unhealthy) return
    unhealthy = now
    changed(why)
  }
  const timer = setInterval(() => {
    asking ??= check().finally(() => {
      asking = undefined
    })
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await asking
    },
  }
}

async function askHttp1(url: string, signal: AbortSignal): Promise<number> {
  // A connection of its own each time: one that is kept would not tell that the app takes no new ones.
  const answer = await request(url, { signal, reset: true })
  await answer.body.dump()
  return answer.statusCode
}

async function askHttp2(url: string, path: string, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const session = connect(url)
  const abort = () => reject(new Error('no answer in time'))
  signal.addEventListener('abort', abort)
  session.once('error', reject)
  const stream = session.request({ ':path': path })
  stream.once('error', reject)
  stream.once('response', (headers) => resolve(Number(headers[':status'])))
  stream.resume()
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', abort)
    session.destroy()
  }
}
