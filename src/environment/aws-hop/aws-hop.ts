// The AWS fault hop: a reverse proxy in our own process between the functions and the emulator, and between the handler and
// its downstream. It sees every AWS call with the function and the invocation that made it, and does to it what the plan
// says. It decides nothing by itself, and what it is not told to harm it hands on as it is.

import type { Attribution } from './attribution.ts'
import { exchangeOf } from './exchange.ts'
import { startForwarder } from './forwarder.ts'
import { handleCall } from './handle-call.ts'
import type { HopCall, HopCallSeen, HopDecision } from './hop-context.ts'
import { callNames, type NamesOf } from './named-in-call.ts'
import { sinkPrefix } from './operation.ts'
import { listenSniffing } from './sniffing-listener.ts'

export interface AwsHopOptions {
  /** Origin of the emulator; asked for every call, so it may be restarted elsewhere. */
  readonly upstream: () => string
  /** Origin of the handler's downstream. */
  readonly sink?: () => string
  readonly port?: number
  /** Milliseconds since the run's origin. */
  readonly now: () => number
  /** Objects that a payload names: `objectsNamed` of src/pipeline. */
  readonly namesOf: NamesOf
  readonly decide: (call: HopCallSeen) => HopDecision | undefined
  /** Kills the process that works on this invocation. */
  readonly crash: (invocation16: string) => void
  readonly onCall: (call: HopCall) => void
}

export interface AwsHop {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string
  /** For the handler: its downstream through the hop. */
  readonly sinkUrl: string
  readonly port: number
  /** Ends every call under way; each of them is still told. */
  stop(): Promise<void>
}

export async function startAwsHop(options: AwsHopOptions): Promise<AwsHop> {
  const stopping = new AbortController()
  const forwarder = startForwarder()
  const underWay = new Set<Promise<void>>()
  const context = {
    ...options,
    sink: options.sink ?? options.upstream,
    forwarder,
    names: callNames(options.namesOf),
    lastReader: new Map<string, Attribution>(),
    stopping: stopping.signal,
  }
  const listener = await listenSniffing(options.port ?? 0, (request, response, socket) => {
    const call = handleCall(exchangeOf(request, response, socket), context).finally(() => underWay.delete(call))
    underWay.add(call)
  })
  const url = `http://127.0.0.1:${listener.port}`
  return {
    url,
    sinkUrl: `${url}${sinkPrefix}`,
    port: listener.port,
    async stop() {
      stopping.abort()
      await listener.stop()
      await Promise.allSettled(underWay)
      forwarder.close()
    },
  }
}
