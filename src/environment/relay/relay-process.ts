// Entry point of the child process that stands before upstream hosts on the level of TCP. It is told over IPC which hosts to
// relay and which fault to switch on or off, tells of every connection that has ended, and ends with its parent's channel.

import { type BlackHole, blackHole } from './black-hole.ts'
import type { ClosedConnection } from './relay-connection.ts'
import { type ActiveFault, type RelayedHost, type RelayHost, startRelayHost } from './relay-host.ts'

export interface ServeRelay {
  readonly kind: 'serve'
  readonly seed: string
  readonly hosts: readonly RelayedHost[]
  /** So many hosts will become black holes. */
  readonly blackHoles: number
}

export type RelayOrder =
  | ServeRelay
  | {
      readonly kind: 'fault'
      readonly order: number
      readonly hostKeys: readonly string[]
      readonly fault: ActiveFault
      readonly on: boolean
    }
  /** Everything that has ended is told before the answer. */
  | { readonly kind: 'flush'; readonly order: number }

export type RelayReply =
  | { readonly kind: 'serving' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'closed'; readonly connections: readonly ClosedConnection[] }
  /** `failed`: why it could not be done. */
  | { readonly kind: 'done'; readonly order: number; readonly failed?: string }

const tellEveryMs = 20

/** Threads take a while to start, and many at once hold up this one: so they are there beforehand. */
const spareHolesMax = 16

const spareHoles: BlackHole[] = []
const hosts = new Map<string, RelayHost>()
let ended: ClosedConnection[] = []
let timer: NodeJS.Timeout | undefined

process.on('message', (message: RelayOrder) => void obey(message))
process.once('disconnect', () => process.exit(0))
process.once('SIGTERM', async () => {
  await Promise.all([...hosts.values()].map((host) => host.close()))
  // The sockets' own ends come with the next turn.
  await turn()
  await turn()
  clearTimeout(timer)
  process.send?.({ kind: 'closed', connections: ended } satisfies RelayReply, () => process.exit(0))
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function obey(order: RelayOrder): Promise<void> {
  if (order.kind === 'serve') return serve(order)
  try {
    if (order.kind === 'fault') {
      const meant = order.hostKeys.flatMap((key) => hosts.get(key) ?? [])
      await Promise.all(meant.map((host) => host.setFault(order.fault, order.on)))
    }
    tell()
    reply({ kind: 'done', order: order.order })
  } catch (error) {
    reply({ kind: 'done', order: order.order, failed: error instanceof Error ? error.message : String(error) })
  }
}

async function serve({ seed, hosts: relayed, blackHoles }: ServeRelay): Promise<void> {
  const takeHole = async () => spareHoles.pop() ?? blackHole()
  try {
    await Promise.all([
      ...relayed.map(
        async (host) => void hosts.set(host.hostKey, await startRelayHost(host, seed, onClosed, takeHole)),
      ),
      ...Array.from({ length: Math.min(blackHoles, spareHolesMax) }, async () => spareHoles.push(await blackHole())),
    ])
    reply({ kind: 'serving' })
  } catch (error) {
    reply({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  }
}

function onClosed(connection: ClosedConnection): void {
  ended.push(connection)
  timer ??= setTimeout(tell, tellEveryMs)
}

function tell(): void {
  clearTimeout(timer)
  timer = undefined
  if (ended.length === 0) return
  reply({ kind: 'closed', connections: ended })
  ended = []
}

function reply(message: RelayReply): void {
  process.send?.(message)
}
