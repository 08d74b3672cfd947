// Asks a control plane on loopback for everything that an Envoy of this node would ask it for, over any of the three
// protocols, and goes on asking. Whenever what it knows is complete it says so; what is done with it is its user's business.

import type { ControlPlaneRecord } from '../../core/scenario-record.ts'
import type { XdsType } from '../../mesh/foreign/discovery-object.ts'
import type { JsonObject } from '../../mesh/xds.ts'
import { deltaTransport } from './delta-transport.ts'
import { type Discovered, discovered } from './discovered.ts'
import type { XdsNode } from './discovery-wire.ts'
import { grpcTransport } from './grpc-transport.ts'
import { restTransport } from './rest-transport.ts'
import type { Transport, TransportOptions } from './transport.ts'

export type XdsSnapshot = Readonly<Record<XdsType, readonly JsonObject[]>>

export interface XdsClient {
  /** What is still to come, in words; none: the snapshot is complete. */
  missing(): readonly string[]
  snapshot(): XdsSnapshot
  close(): void
}

export interface XdsClientOptions {
  readonly protocol: ControlPlaneRecord['protocol']
  readonly port: number
  readonly node: XdsNode
  /** After each answer, whether complete or not. */
  readonly onNews: () => void
  readonly onProblem: (problem: string) => void
  readonly onUnknownField: (place: string) => void
  /** How long a control plane may be silent about a type that it need not have. */
  readonly silenceMs?: number
}

/** Many control planes serve no listeners, and say so by saying nothing. */
const silenceMsDefault = 1_500

export async function openXdsClient(options: XdsClientOptions): Promise<XdsClient> {
  const { port, node, protocol, silenceMs = silenceMsDefault } = options
  const known = discovered()
  const timers = new Map<XdsType, NodeJS.Timeout>()
  let transport: Transport | undefined
  const proceed = () => {
    if (transport !== undefined) askWhatIsWanted(known, transport, waitFor)
  }
  const giveUp = (type: XdsType) => {
    if (known.has(type)) return
    known.giveUp(type)
    proceed()
    options.onNews()
  }
  const waitFor = (type: XdsType) => {
    if (timers.has(type) || known.has(type)) return
    timers.set(type, setTimeout(giveUp, silenceMs, type))
  }
  const transportOptions: TransportOptions = {
    port,
    node,
    onProblem: options.onProblem,
    onUnknownField: options.onUnknownField,
    onNothing: giveUp,
    onAnswer(answer) {
      known.take(answer)
      proceed()
      options.onNews()
    },
  }
  transport = await openTransport(protocol, transportOptions)
  proceed()
  return {
    missing: known.missing,
    snapshot: () => ({
      listeners: known.resources('listeners'),
      routes: known.resources('routes'),
      clusters: known.resources('clusters'),
      endpoints: known.resources('endpoints'),
    }),
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
      transport.close()
    },
  }
}

async function openTransport(protocol: ControlPlaneRecord['protocol'], options: TransportOptions): Promise<Transport> {
  if (protocol === 'rest') return restTransport(options)
  return protocol === 'grpc' ? grpcTransport(options) : deltaTransport(options)
}

function askWhatIsWanted(known: Discovered, transport: Transport, waitFor: (type: XdsType) => void): void {
  for (const type of ['clusters', 'endpoints', 'listeners', 'routes'] as const) {
    const names = known.wanted(type)
    if (names === undefined) continue
    transport.ask(type, names)
    if (type === 'listeners' || type === 'endpoints') waitFor(type)
  }
}
