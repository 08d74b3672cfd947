// State of the world over one gRPC stream (ADS): every answer is whole, and each is taken or refused by its nonce. Node
// and everything else as Envoy sends it.

import type { XdsType } from '../../mesh/foreign/discovery-object.ts'
import { discoveryAnswer, discoveryRequest } from './discovery-wire.ts'
import { type GrpcStream, openGrpcStream } from './grpc-stream.ts'
import { sameNames, type Transport, type TransportOptions } from './transport.ts'

interface Subscription {
  names: readonly string[]
  version: string
  nonce: string
}

export async function grpcTransport(options: TransportOptions): Promise<Transport> {
  const subscriptions = new Map<XdsType, Subscription>()
  let isFirst = true
  let stream: GrpcStream | undefined
  const send = (type: XdsType, { names, version, nonce }: Subscription, refusal?: string) => {
    const request = { type, names, version, nonce, ...(refusal === undefined ? {} : { refusal }) }
    const sent = stream?.send(discoveryRequest(isFirst ? { ...request, node: options.node } : request))
    if (sent === true) isFirst = false
  }
  stream = await openGrpcStream({
    port: options.port,
    method: 'StreamAggregatedResources',
    onOpen() {
      isFirst = true
      for (const [type, subscription] of subscriptions) {
        subscription.nonce = ''
        queueMicrotask(() => send(type, subscription))
      }
    },
    onMessage(bytes) {
      const answer = discoveryAnswer(bytes)
      const { type, version, nonce } = answer
      const subscription = type === undefined ? undefined : subscriptions.get(type)
      if (type === undefined || subscription === undefined) return
      subscription.nonce = nonce
      try {
        const resources = answer.resources(options.onUnknownField)
        subscription.version = version
        send(type, subscription)
        options.onAnswer({ type, resources, removed: [], isWhole: type === 'clusters' || type === 'listeners' })
      } catch (error) {
        const reason = (error as Error).message
        send(type, subscription, reason)
        options.onProblem(`its ${type} (version ${version}) cannot be read and were refused: ${reason}`)
      }
    },
    onEnd: (reason) => options.onProblem(`its gRPC stream broke: ${reason}`),
  })
  return {
    ask(type, names) {
      const known = subscriptions.get(type)
      if (sameNames(known?.names, names)) return
      const subscription = { names, version: known?.version ?? '', nonce: known?.nonce ?? '' }
      subscriptions.set(type, subscription)
      send(type, subscription)
    },
    close: () => stream?.close(),
  }
}
