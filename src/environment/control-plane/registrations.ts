// Discovery of endpoints by registration: hosts announce themselves and are forgotten unless they refresh. Registrations
// are stored objects too, so a control plane that comes back still knows who was there.

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
  register(cluster: string, host: Omit<Registration, 'expiresAtMs'>): Promise<void>
  /** Hosts that have not expired, in a stable order. */
  hosts(cluster: string): Promise<readonly Registration[]>
  /** Drops what has expired; says whether anything was. */
  sweep(): Promise<boolean>
}

const keyOf = (cluster: string) => `v1/registration/${encodeURIComponent(cluster)}`

export function storedRegistrations(store: ObjectStore, lifetimeMs: number): Registrations {
  // Read-modify-write of one object must not interleave with itself.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = last.then(work, work)
    last = result.catch(() => {})
    return result
  }
  const stored = async (cluster: string): Promise<Registration[]> =>
    JSON.parse((await store.read(keyOf(cluster))) ?? '[]') as Registration[]
  const alive = (hosts: readonly Registration[]) => hosts.filter((host) => host.expiresAtMs > wallMs())

  return {
    register: (cluster, host) =>
      inTurn(async () => {
        const others = alive(await stored(cluster)).filter(({ ip, port }) => ip !== host.ip || port !== host.port)
        const hosts = [...others, { ...host, expiresAtMs: wallMs() + lifetimeMs }]
        hosts.sort((left, right) => (`${left.ip}:${left.port}` < `${right.ip}:${right.port}` ? -1 : 1))
        await store.write(keyOf(cluster), JSON.stringify(hosts))
      }),
    hosts: async (cluster) => alive(await stored(cluster)),
    sweep: () =>
      inTurn(async () => {
        let dropped = false
        for (const name of await store.list('v1/registration')) {
          const cluster = decodeURIComponent(name)
          const hosts = await stored(cluster)
          const left = alive(hosts)
          if (left.length === hosts.length) continue
          dropped = true
          await store.write(keyOf(cluster), JSON.stringify(left))
        }
        return dropped
      }),
  }
}
