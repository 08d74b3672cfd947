// Entry point of the child process that is the control plane. Being a process, it can be killed, frozen and restarted like
// a real one; what it knows lies in the object store, so it comes back knowing it.

import type { Outcome } from './discovery.ts'
import { directoryStore } from './object-store.ts'
import { type ControlPlane, startControlPlane } from './server.ts'

export interface ServeControlPlane {
  readonly kind: 'serve'
  readonly folder: string
  readonly address: string
  readonly port: number
  readonly token: string
  readonly lifetimeMs: number
}

export type ControlPlaneOrder = ServeControlPlane | { readonly kind: 'garbage'; readonly on: boolean }

export type ControlPlaneReply =
  | { readonly kind: 'serving'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'garbage-set' }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }

const holdMs = 20_000
let plane: ControlPlane | undefined

process.on('message', (order: ControlPlaneOrder) => {
  if (order.kind === 'garbage') {
    plane?.setGarbage(order.on)
    return reply({ kind: 'garbage-set' })
  }
  const { folder, ...rest } = order
  startControlPlane({
    ...rest,
    store: directoryStore(folder),
    holdMs,
    onOutcome: (outcome) => reply({ kind: 'outcome', outcome }),
  }).then(
    (started) => {
      plane = started
      reply({ kind: 'serving', port: started.port })
    },
    (error: Error) => reply({ kind: 'failed', reason: error.message }),
  )
})
process.once('disconnect', () => process.exit(0))
process.once('SIGTERM', () => process.exit(0))

function reply(message: ControlPlaneReply): void {
  process.send?.(message)
}
