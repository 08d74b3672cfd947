// Discovery of endpoints by registration: hosts announce themselves and are forgotten unless they refresh. Registrations
// are stored objects too, so a control plane that comes back still knows who was there. Only `sweep` forgets, and whoever
// could not be heard (a control plane that was dead or frozen) calls `pardon` first: its silence was not theirs.

import { wallMs } from '../../core/clock.ts'
import type { ObjectStore } from './object-store.ts'

export interface Registration {
  readonly ip: string
  readonly port: number
  readonly revision: string
  readonly tags: Readonly<Record<string, unknown>>
  /** Wall time: it must outlive the process. */
  readonly expiresAtMs: number
}

export interface Registrations {
  /** Announces a host or refreshes it. @throws RangeError when the cluster is full */
  register(cluster: string, host: Omit<Registration, 'expiresAtMs'>): Promise<void>
  /** Takes leave of a host; says whether it was there. */
  deregister(cluster: string, host: Pick<Registration, 'ip' | 'port'>): Promise<boolean>
  /** Resolves when nothing is being written. */
  idle(): Promise<void>
  /** In a stable order. */
  hosts(cluster: string): Promise<readonly Registration[]>
  /** Drops what has expired; says whether anything was. */
  sweep(): Promise<boolean>
  /** Gives every host a whole lifetime from now. */
  pardon(): Promise<void>
}

export const hostsMax = 1000
const folder = 'v1/registration'
const keyOf = (cluster: string) => `${folder}/${encodeURIComponent(cluster)}`

export function storedRegistrations(store: ObjectStore, lifetimeMs: number, nowMs = wallMs): Registrations {
  // Read-modify-write of one object must not interleave with itself.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = last.then(work, work)
    last = result.catch(() => {})
    return result
  }
  const stored = async (cluster: string): Promise<readonly Registration[]> =>
    JSON.parse((await store.read(keyOf(cluster))) ?? '[]') as Registration[]
  const write = (cluster: string, hosts: readonly Registration[]) => store.write(keyOf(cluster), JSON.stringify(hosts))
  const clusters = async () => (await store.list(folder)).map(decodeURIComponent)

  return {
    register: (cluster, host) =>
      inTurn(async () => {
        const others = (await stored(cluster)).filter(({ ip, port }) => ip !== host.ip || port !== host.port)
        if (others.length >= hostsMax) throw new RangeError(`${cluster} has ${hostsMax} hosts, no more are taken`)
        await write(cluster, [...others, { ...host, expiresAtMs: nowMs() + lifetimeMs }].toSorted(byAddress))
      }),
    deregister: (cluster, { ip, port }) =>
      inTurn(async () => {
        const hosts = await stored(cluster)
        const left = hosts.filter((host) => host.ip !== ip || host.port !== port)
        if (left.length === hosts.length) return false
        await write(cluster, left)
        return true
      }),
    idle: () => inTurn(async () => {}),
    hosts: (cluster) => stored(cluster),
    sweep: () =>
      inTurn(async () => {
        let dropped = false
        for (const cluster of await clusters()) {
          const hosts = await stored(cluster)
          const left = hosts.filter(({ expiresAtMs }) => expiresAtMs > nowMs())
          if (left.length === hosts.length) continue
          dropped = true
          await write(cluster, left)
        }
        return dropped
      }),
    pardon: () =>
      inTurn(async () => {
        for (const cluster of await clusters()) {
          const expiresAtMs = nowMs() + lifetimeMs
          await write(
            cluster,
            (await stored(cluster)).map((host) => ({ ...host, expiresAtMs })),
          )
        }
      }),
  }
}

function byAddress(left: Registration, right: Registration): number {
  return `${left.ip}:${left.port}` < `${right.ip}:${right.port}` ? -1 : 1
}
