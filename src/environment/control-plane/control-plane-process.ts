// Entry point of the child process that is the control plane. Being a process, it can be killed, frozen and restarted like
// a real one; what it knows lies in the object store, so it comes back knowing it.

import { readFileSync } from 'node:fs'
import type { Outcome } from './bookkeeping.ts'
import { directoryStore, type ObjectStore } from './object-store.ts'
import type { S3StoreOptions } from './s3-object-store.ts'
import { type ControlPlane, startControlPlane } from './server.ts'

export interface ServeControlPlane {
  readonly kind: 'serve'
  /** Where the objects lie, unless `store` says otherwise. */
  readonly folder: string
  readonly store?: { readonly kind: 's3' } & S3StoreOptions
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

async function serve({ folder, store, address, port, tokenFile, lifetimeMs, garbage }: ServeControlPlane) {
  const plane = await startControlPlane({
    address,
    port,
    token: readFileSync(tokenFile, 'utf8').trim(),
    lifetimeMs,
    store: await openStore(folder, store),
    holdMs,
    onOutcome: (outcome) => reply({ kind: 'outcome', outcome }),
  })
  if (garbage) plane.setGarbage(true)
  return plane
}

/** The SDK takes a third of a second to load, which only those pay who want it. */
async function openStore(folder: string, store: ServeControlPlane['store']): Promise<ObjectStore> {
  if (store === undefined) return directoryStore(folder)
  const { s3ObjectStore } = await import('./s3-object-store.ts')
  return s3ObjectStore(store)
}

function reply(message: ControlPlaneReply): void {
  process.send?.(message)
}
