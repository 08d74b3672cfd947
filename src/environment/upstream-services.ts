// Which child process plays which upstream host. One process plays all hosts of an environment, but a host that a process
// fault is aimed at has a process of its own, or killing it would take its neighbours along.

import { type ChildService, type ServiceWatcher, upstreamService } from './child-services.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { HostPlace, ScenarioPlace } from './topology.ts'

export interface UpstreamServices {
  readonly all: readonly ChildService[]
  /** Processes behind a cluster, or behind one host (counted from 1) of it. */
  of(scenario: string, cluster: string, host?: number): readonly ChildService[]
}

export function upstreamServices(options: {
  readonly places: readonly ScenarioPlace[]
  readonly seed: string
  readonly suffix: string
  readonly watchdog: Watchdog
  readonly watcher: ServiceWatcher
  /** Clusters that process faults are aimed at. */
  readonly ownProcess: (scenario: string, cluster: string) => boolean
}): UpstreamServices {
  const { watchdog, watcher, seed } = options
  const serviceFor = (name: string, hosts: readonly HostPlace[]) =>
    upstreamService({
      name: `${name}${options.suffix}`,
      watchdog,
      watcher,
      order: {
        kind: 'serve',
        seed,
        hosts: hosts.map(({ hostKey, address, upstreamPort: port, http2, upstream }) => ({
          hostKey,
          address,
          port,
          http2,
          upstream,
        })),
      },
    })
  const entries = options.places.flatMap((place) => place.hosts.map((host) => ({ scenario: place.record.name, host })))
  const own = entries.filter(({ scenario, host }) => options.ownProcess(scenario, host.cluster))
  const shared = entries.filter((entry) => !own.includes(entry))
  const ownServices = own.map(({ scenario, host }) => ({
    scenario,
    host,
    service: serviceFor(`upstream-${host.cluster}-${host.host}`, [host]),
  }))
  const sharedService =
    shared.length === 0
      ? []
      : [
          serviceFor(
            'upstream',
            shared.map(({ host }) => host),
          ),
        ]
  return {
    all: [...sharedService, ...ownServices.map(({ service }) => service)],
    of: (scenario, cluster, host) =>
      ownServices
        .filter((entry) => entry.scenario === scenario && entry.host.cluster === cluster)
        .filter((entry) => host === undefined || entry.host.host === host)
        .map(({ service }) => service),
  }
}
