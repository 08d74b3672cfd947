// Entry point of the child process that is the control plane. Being a process, it can be killed, frozen and restarted like
// a real one; what it knows lies in the object store, so it comes back knowing it.

import { readFileSync } from 'node:fs'
import type { Outcome } from './bookkeeping.ts'
import { directoryStore } from './object-store.ts'
import { type ControlPlane, startControlPlane } from './server.ts'

export interface ServeControlPlane {
  readonly kind: 'serve'
  readonly folder: string
  readonly address: string
  readonly port: number
  /** A file that only its owner may read. */
  readonly tokenFile: string
  readonly lifetimeMs: number
  /** Whether it answers garbage from its start. */
  readonly garbage: boolean
}

export type ControlPlaneOrder = ServeControlPlane | { readonly kind: 'garbage'; readonly on: boolean }

export type ControlPlaneReply =
  | { readonly kind: 'serving'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'garbage-set' }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }

const holdMs = 20_000
let starting: Promise<ControlPlane> | undefined

process.on('message', (order: ControlPlaneOrder) => {
  if (order.kind === 'garbage') {
    void starting?.then(
      (plane) => {
        plane.setGarbage(order.on)
        reply({ kind: 'garbage-set' })
      },
      () => {},
    )
    return
  }
  starting = serve(order)
  starting.then(
    ({ port }) => reply({ kind: 'serving', port }),
    (error: Error) => reply({ kind: 'failed', reason: error.message }),
  )
})
process.once('disconnect', () => process.exit(0))
process.once('SIGTERM', () => process.exit(0))

async function serve({ folder, address, port, tokenFile, lifetimeMs, garbage }: ServeControlPlane) {
  const plane = await startControlPlane({
    address,
    port,
    token: readFileSync(tokenFile, 'utf8').trim(),
    lifetimeMs,
    store: directoryStore(folder),
    holdMs,
    onOutcome: (outcome) => reply({ kind: 'outcome', outcome }),
  })
  if (garbage) plane.setGarbage(true)
  return plane
}

function reply(message: ControlPlaneReply): void {
  process.send?.(message)
}
