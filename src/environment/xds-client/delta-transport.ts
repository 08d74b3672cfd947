// Incremental discovery over one gRPC stream (delta ADS): answers say what has come, changed or gone. After a break it tells
// what it holds, as Envoy does.

import type { XdsType } from '../../mesh/foreign/discovery-object.ts'
import { deltaAnswer, deltaRequest } from './discovery-wire.ts'
import { type GrpcStream, openGrpcStream } from './grpc-stream.ts'
import { sameNames, type Transport, type TransportOptions } from './transport.ts'

interface Subscription {
  names: readonly string[]
  /** Versions by name. */
  readonly held: Map<string, string>
}

const nothing = new Map<string, string>()

export async function deltaTransport(options: TransportOptions): Promise<Transport> {
  const subscriptions = new Map<XdsType, Subscription>()
  let isFirst = true
  let stream: GrpcStream | undefined
  const send = (type: XdsType, part: Partial<Parameters<typeof deltaRequest>[0]>) => {
    const request = { type, subscribe: [], unsubscribe: [], held: nothing, nonce: '', ...part }
    if (stream?.send(deltaRequest(isFirst ? { ...request, node: options.node } : request)) === true) isFirst = false
  }
  const take = (bytes: Buffer) => {
    const answer = deltaAnswer(bytes)
    const { type, nonce, removed } = answer
    const subscription = type === undefined ? undefined : subscriptions.get(type)
    if (type === undefined || subscription === undefined) return
    try {
      const resources = answer.resources(options.onUnknownField)
      for (const { name, version } of resources) subscription.held.set(name, version)
      for (const name of removed) subscription.held.delete(name)
      send(type, { nonce })
      options.onAnswer({ type, resources: resources.map(({ resource }) => resource), removed, isWhole: false })
    } catch (error) {
      const reason = (error as Error).message
      send(type, { nonce, refusal: reason })
      options.onProblem(`its ${type} (version ${answer.version}) cannot be read and were refused: ${reason}`)
    }
  }
  stream = await openGrpcStream({
    port: options.port,
    method: 'DeltaAggregatedResources',
    onOpen() {
      isFirst = true
      for (const [type, { names, held }] of subscriptions) queueMicrotask(() => send(type, { subscribe: names, held }))
    },
    onMessage: take,
    onEnd: (reason) => options.onProblem(`its gRPC stream broke: ${reason}`),
  })
  return {
    ask(type, names) {
      const known = subscriptions.get(type)
      if (sameNames(known?.names, names)) return
      const before = known?.names ?? []
      if (known === undefined) subscriptions.set(type, { names, held: new Map() })
      else known.names = names
      const gone = before.filter((name) => !names.includes(name))
      for (const name of gone) known?.held.delete(name)
      send(type, { subscribe: names.filter((name) => !before.includes(name)), unsubscribe: gone })
    },
    close: () => stream?.close(),
  }
}
