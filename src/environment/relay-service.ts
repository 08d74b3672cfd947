// The relay as a child process of an environment: which hosts it stands before, how faults are ordered, and what it tells as
// history events. There is none where no fault needs it.

import { EnvironmentError, InputError } from '../core/errors.ts'
import type { FaultSurface, Heal } from '../core/fault.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import { type ChildService, childService } from './child-service.ts'
import type { EnvironmentEvents } from './environment-events.ts'
import { childEntry } from './process/child-entry.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { ClosedConnection } from './relay/relay-connection.ts'
import type { RelayOrder, RelayReply } from './relay/relay-process.ts'
import type { HostPlace, ScenarioPlace } from './topology.ts'

export interface RelayService extends ChildService {
  /** For faults of this scenario. */
  tcpOf(scenario: string): FaultSurface['tcp']
  /** Resolves when every connection that has ended was told of. */
  flush(): Promise<void>
}

export interface RelayServiceOptions {
  readonly places: readonly ScenarioPlace[]
  readonly seed: string
  readonly suffix: string
  readonly watchdog: Watchdog
  readonly events: Pick<EnvironmentEvents, 'life' | 'emit'>
  readonly originMs: number
}

interface Relayed {
  readonly scenario: string
  readonly place: HostPlace
}

export function relayService(options: RelayServiceOptions): RelayService | undefined {
  const { places, seed, suffix, watchdog, events } = options
  const relayed = places.flatMap(({ record, hosts }): readonly Relayed[] =>
    hosts.flatMap((place) => (place.relayPort === undefined ? [] : [{ scenario: record.name, place }])),
  )
  if (relayed.length === 0) return undefined
  const byKey = new Map(relayed.map((one) => [one.place.hostKey, one]))
  const name = `relay${suffix}`
  let orders = 0
  const service = childService<RelayOrder, RelayReply>({
    name,
    watchdog,
    life: events.life,
    entry: childEntry('relay-process', import.meta.url, 'relay'),
    order: () => ({
      kind: 'serve',
      seed,
      blackHoles: relayed.filter(({ scenario, place }) => becomesBlackHole(places, scenario, place)).length,
      hosts: relayed.map(({ place }) => ({
        hostKey: place.hostKey,
        address: place.address,
        port: place.relayPort ?? 0,
        targetPort: place.faultPort,
        http2: place.http2,
      })),
    }),
    onReply(reply) {
      if (reply.kind === 'closed') for (const closed of reply.connections) tell(closed)
      if (reply.kind === 'serving') return 'serving'
      return reply.kind === 'failed' ? { failed: reply.reason } : undefined
    },
  })

  function tell({ hostKey, startMs, atMs, ...closed }: ClosedConnection): void {
    const host = byKey.get(hostKey)
    if (host === undefined) return
    const { cluster, host: number } = host.place
    const times = { startMs: startMs - options.originMs, atMs: atMs - options.originMs }
    const { scenario } = host
    events.emit({ kind: 'connection-closed', src: 'relay', scenario, cluster, host: number, ...closed, ...times })
  }

  async function order(what: (order: number) => RelayOrder): Promise<void> {
    const number = ++orders
    let failed: string | undefined
    await service.ask(what(number), (reply) => {
      if (reply.kind !== 'done' || reply.order !== number) return false
      failed = reply.failed
      return true
    })
    if (failed !== undefined) throw new EnvironmentError(`${name} could not do as it was told: ${failed}`)
  }

  return {
    ...service,
    tcpOf:
      (scenario) =>
      async (fault, what, ratio): Promise<Heal> => {
        const meant = relayed.filter(({ scenario: owner, place }) => owner === scenario && isMeant(fault, place))
        if (meant.length === 0) throw new InputError(`fault "${fault.name}": no host of ${fault.target} in this run`)
        const hostKeys = meant.map(({ place }) => place.hostKey)
        const active = { name: fault.name, what, ratio }
        await order((number) => ({ kind: 'fault', order: number, hostKeys, fault: active, on: true }))
        return () => order((number) => ({ kind: 'fault', order: number, hostKeys, fault: active, on: false }))
      },
    flush: () => order((number) => ({ kind: 'flush', order: number })),
  }
}

function isMeant(fault: FaultRecord, { cluster, host }: HostPlace): boolean {
  return cluster === fault.target && (fault.host === undefined || fault.host === host)
}

function becomesBlackHole(places: readonly ScenarioPlace[], scenario: string, place: HostPlace): boolean {
  const faults = places.find(({ record }) => record.name === scenario)?.record.faults ?? []
  return faults.some((fault) => fault.kind === 'black-hole' && isMeant(fault, place))
}
