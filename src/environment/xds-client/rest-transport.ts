// Discovery over REST: each type is asked for by POST again and again, with the version that is held. A control plane that
// holds a poll until there is news is asked as often as it answers.

import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import { messageOf, readDiscoveryObject, type XdsType } from '../../mesh/foreign/discovery-object.ts'
import type { JsonObject } from '../../mesh/xds.ts'
import { nodeJson, typeUrlOf } from './discovery-wire.ts'
import { sameNames, type Transport, type TransportOptions } from './transport.ts'

const pollPauseMs = 100
/** A poll that is held longer is asked anew, as with Envoy's `request_timeout`. */
const pollWithinMs = 20_000
const answerBytesMax = 64 * 1024 * 1024

export function restTransport(options: TransportOptions): Transport {
  const closing = new AbortController()
  const polls = new Map<XdsType, { readonly names: readonly string[]; readonly stop: AbortController }>()
  return {
    ask(type, names) {
      const known = polls.get(type)
      if (sameNames(known?.names, names)) return
      known?.stop.abort()
      const stop = new AbortController()
      polls.set(type, { names, stop })
      void poll(type, names, options, AbortSignal.any([closing.signal, stop.signal]))
    },
    close: () => closing.abort(),
  }
}

async function poll(
  type: XdsType,
  names: readonly string[],
  options: TransportOptions,
  signal: AbortSignal,
): Promise<void> {
  let version = ''
  let lastProblem = ''
  const complain = (problem: string) => {
    if (problem !== lastProblem) options.onProblem(problem)
    lastProblem = problem
  }
  while (!signal.aborted) {
    try {
      const answer = await askOnce(type, names, version, options, signal)
      if (signal.aborted) return
      if (answer.status === 200) {
        const object = readDiscoveryObject(answer.text, `answer of POST ${pathOf(type)}`, type)
        lastProblem = ''
        if (version !== object.versionInfo || version === '') {
          version = object.versionInfo
          const resources = object.resources.map((resource) => withoutName(type, resource))
          options.onAnswer({ type, resources, removed: [], isWhole: type === 'clusters' || type === 'listeners' })
        }
      } else if (answer.status === 404 && (type === 'listeners' || type === 'endpoints')) options.onNothing(type)
      else if (answer.status !== 304)
        complain(`POST ${pathOf(type)} gave ${answer.status}, 200 expected: ${answer.text.slice(0, 200)}`)
    } catch (error) {
      if (signal.aborted) return
      complain((error as Error).message)
    }
    await pause(pollPauseMs, undefined, { signal }).catch(() => {})
  }
}

const pathOf = (type: XdsType): string => `/v3/discovery:${type}`

async function askOnce(
  type: XdsType,
  names: readonly string[],
  version: string,
  { port, node }: TransportOptions,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const asked = {
    node: nodeJson(node),
    type_url: typeUrlOf(type),
    ...(version === '' ? {} : { version_info: version }),
    ...(names.length === 0 ? {} : { resource_names: names }),
  }
  const answer = await request(`http://127.0.0.1:${port}${pathOf(type)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    headersTimeout: pollWithinMs,
    bodyTimeout: pollWithinMs,
    signal,
  })
  return { status: answer.statusCode, text: await bounded(answer.body, pathOf(type)) }
}

async function bounded(body: AsyncIterable<Buffer>, path: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw new Error(`the answer of POST ${path} has more than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A ClusterLoadAssignment has no `name` of its own. */
function withoutName(type: XdsType, resource: JsonObject): JsonObject {
  if (type !== 'endpoints') return resource
  const { name: _, ...rest } = resource
  return { ...rest, '@type': `type.googleapis.com/${messageOf.endpoints}` }
}
