// One stream of aggregated discovery to a control plane on loopback. It is opened again for as long as it is wanted, as Envoy
// does, with pauses that grow; what is said on it is its user's business.

import type { ClientDuplexStream } from '@grpc/grpc-js'

export interface GrpcStream {
  /** False while there is no stream. */
  send(request: Buffer): boolean
  close(): void
}

export interface GrpcStreamOptions {
  readonly port: number
  readonly method: 'StreamAggregatedResources' | 'DeltaAggregatedResources'
  /** A stream is there, perhaps not for the first time. */
  readonly onOpen: () => void
  readonly onMessage: (message: Buffer) => void
  readonly onEnd: (reason: string) => void
}

const service = '/envoy.service.discovery.v3.AggregatedDiscoveryService'
const answerBytesMax = 64 * 1024 * 1024
const pauseMinMs = 50
const pauseMaxMs = 1_000

export async function openGrpcStream(options: GrpcStreamOptions): Promise<GrpcStream> {
  // Only who speaks gRPC pays for loading it.
  const { Client, credentials } = await import('@grpc/grpc-js')
  const client = new Client(`127.0.0.1:${options.port}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': answerBytesMax,
    'grpc.initial_reconnect_backoff_ms': pauseMinMs,
    'grpc.max_reconnect_backoff_ms': pauseMaxMs,
    // Whatever proxy the user's environment names, this goes to loopback.
    'grpc.enable_http_proxy': 0,
  })
  let stream: ClientDuplexStream<Buffer, Buffer> | undefined
  let isClosed = false
  let pauseMs = pauseMinMs
  let timer: NodeJS.Timeout | undefined
  const open = () => {
    const asIs = (bytes: Buffer) => bytes
    const opened = client.makeBidiStreamRequest(`${service}/${options.method}`, asIs, asIs)
    stream = opened
    opened.on('data', (message: Buffer) => {
      pauseMs = pauseMinMs
      if (!isClosed) options.onMessage(message)
    })
    let isOver = false
    const over = (reason: string) => {
      if (isOver || isClosed) return
      isOver = true
      stream = undefined
      options.onEnd(reason)
      timer = setTimeout(open, pauseMs)
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs)
    }
    opened.on('error', (error) => over(error.message))
    opened.on('end', () => over('it was ended by the control plane'))
    options.onOpen()
  }
  open()
  return {
    send(request) {
      stream?.write(request)
      return stream !== undefined
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      stream?.cancel()
      client.close()
    },
  }
}
