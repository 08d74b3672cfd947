// Entry point of the child process that plays upstream services. It is told over IPC which hosts to serve, says when all
// of them listen, and ends with its parent's channel.

import { startUpstreamHost, type UpstreamHost } from './upstream-server.ts'

export interface ServeHosts {
  readonly kind: 'serve'
  readonly seed: string
  readonly hosts: readonly UpstreamHost[]
}

export type UpstreamReply = { readonly kind: 'serving' } | { readonly kind: 'failed'; readonly reason: string }

process.once('message', (message: ServeHosts) => {
  Promise.all(message.hosts.map((host) => startUpstreamHost(host, message.seed))).then(
    () => reply({ kind: 'serving' }),
    (error: Error) => reply({ kind: 'failed', reason: error.message }),
  )
})
process.once('disconnect', () => process.exit(0))
process.once('SIGTERM', () => process.exit(0))

function reply(message: UpstreamReply): void {
  process.send?.(message)
}
