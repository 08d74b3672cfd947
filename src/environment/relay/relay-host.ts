// One host behind the relay: it listens where Envoy thinks the host is, counts connections, and chooses by the seed which of
// them meet a fault. Faults of the port itself (refuse, black hole) take the listening socket away as long as they are on.

import { createServer, type Server, type Socket } from 'node:net'
import { monotonicMs } from '../../core/clock.ts'
import type { TcpFault } from '../../core/fault.ts'
import { decide } from '../../core/random.ts'
import type { BlackHole } from './black-hole.ts'
import { type ClosedConnection, type MetFault, relayConnection } from './relay-connection.ts'

export interface RelayedHost {
  readonly hostKey: string
  readonly address: string
  /** Where it listens; 0 is any free one, for tests without faults of the port. */
  readonly port: number
  readonly targetPort: number
  readonly http2: boolean
}

export interface ActiveFault {
  readonly name: string
  readonly what: TcpFault
  readonly ratio: number
}

export interface RelayHost {
  readonly port: number
  /** Resolves when it holds for every connection that begins. Orders are carried out one after the other. */
  setFault(fault: ActiveFault, on: boolean): Promise<void>
  /** Ends listening and every connection. */
  close(): Promise<void>
}

const backlog = 4096

type Door =
  | { readonly kind: 'open'; readonly server: Server }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'black-hole'; readonly hole: BlackHole; readonly name: string; readonly sinceMs: number }

/** Rejects with the system's error, for instance EADDRINUSE. */
export async function startRelayHost(
  host: RelayedHost,
  seed: string,
  onClosed: (closed: ClosedConnection) => void,
  takeHole: () => Promise<BlackHole>,
): Promise<RelayHost> {
  const { hostKey, address } = host
  const faults: ActiveFault[] = []
  const open = new Set<Socket>()
  let connections = 0

  function accept(client: Socket): void {
    const connection = ++connections
    open.add(client)
    client.once('close', () => open.delete(client))
    const fault = faults.find(({ name, ratio }) => decide(seed, name, hostKey, connection) < ratio)
    const met: { readonly fault?: MetFault } = fault === undefined ? {} : { fault }
    const target = { address, port: host.targetPort }
    relayConnection({ client, hostKey, connection, http2: host.http2, target, onClosed, ...met })
  }

  let server = await listen(host, accept)
  const port = portOf(server)
  let door: Door = { kind: 'open', server }

  async function shut(): Promise<void> {
    const old = door
    door = { kind: 'refuse' }
    if (old.kind === 'open') old.server.close()
    if (old.kind !== 'black-hole') return
    for (const client of await old.hole.close()) {
      const caught = { hostKey, connection: ++connections, client, startMs: old.sinceMs, atMs: monotonicMs() }
      onClosed({ ...caught, fault: old.name, what: 'in the backlog', bytesUp: 0, bytesDown: 0, closedBy: 'relay' })
    }
  }

  async function settle(): Promise<void> {
    const wanted = faults.find(({ what }) => what.kind === 'refuse' || what.kind === 'black-hole')
    const kind = wanted === undefined ? 'open' : (wanted.what.kind as 'refuse' | 'black-hole')
    if (door.kind === kind) return
    const hole = kind === 'black-hole' ? await takeHole() : undefined
    await shut()
    if (hole !== undefined) {
      const sinceMs = monotonicMs()
      await hole.open(address, port)
      door = { kind: 'black-hole', hole, name: wanted?.name ?? '', sinceMs }
    } else if (kind === 'open') {
      server = await listen({ ...host, port }, accept)
      door = { kind: 'open', server }
    }
  }

  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    port,
    setFault: (fault, on) =>
      inTurn(async () => {
        if (on) faults.push(fault)
        else {
          const index = faults.findIndex(({ name }) => name === fault.name)
          if (index >= 0) faults.splice(index, 1)
        }
        await settle()
      }),
    close: () =>
      inTurn(async () => {
        await shut()
        for (const client of open) client.destroy()
      }),
  }
}

function listen({ address, port }: RelayedHost, accept: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, accept)
    server.once('error', reject)
    server.listen({ host: address, port, backlog, exclusive: true }, () => resolve(server))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
