// Which child process plays which upstream host. One process plays all hosts of an environment, but a host that a process
// fault is aimed at has a process of its own, or killing it would take its neighbours along.

import { type ChildService, childService } from './child-service.ts'
import { childEntry } from './process/child-entry.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { ProcessLife } from './process-life.ts'
import type { HostPlace, ScenarioPlace } from './topology.ts'
import type { ServeHosts, UpstreamReply } from './upstream/upstream-process.ts'

export interface UpstreamServices {
  readonly all: readonly ChildService[]
  /** Processes behind a cluster, or behind one host (counted from 1) of it. */
  of(scenario: string, cluster: string, host?: number): readonly ChildService[]
}

export interface UpstreamServicesOptions {
  readonly places: readonly ScenarioPlace[]
  readonly seed: string
  readonly suffix: string
  readonly watchdog: Watchdog
  readonly life: ProcessLife
  /** Clusters that process faults are aimed at. */
  readonly ownProcess: (scenario: string, cluster: string) => boolean
}

export function upstreamServices(options: UpstreamServicesOptions): UpstreamServices {
  const entries = options.places.flatMap((place) => place.hosts.map((host) => ({ scenario: place.record.name, host })))
  const isOwn = ({ scenario, host }: (typeof entries)[number]) => options.ownProcess(scenario, host.cluster)
  const own = entries.filter(isOwn).map(({ scenario, host }) => ({
    scenario,
    host,
    service: upstreamService(`upstream-${host.cluster}-${host.host}`, [host], options),
  }))
  const shared = entries.filter((entry) => !isOwn(entry)).map(({ host }) => host)
  const sharedService = shared.length === 0 ? [] : [upstreamService('upstream', shared, options)]
  return {
    all: [...sharedService, ...own.map(({ service }) => service)],
    of: (scenario, cluster, host) =>
      own
        .filter((entry) => entry.scenario === scenario && entry.host.cluster === cluster)
        .filter((entry) => host === undefined || entry.host.host === host)
        .map(({ service }) => service),
  }
}

function upstreamService(
  name: string,
  hosts: readonly HostPlace[],
  { suffix, watchdog, life, seed }: UpstreamServicesOptions,
): ChildService {
  return childService<ServeHosts, UpstreamReply>({
    name: `${name}${suffix}`,
    watchdog,
    life,
    entry: childEntry('upstream-process', import.meta.url, 'upstream'),
    order: () => ({
      kind: 'serve',
      seed,
      hosts: hosts.map(({ hostKey, address, upstreamPort: port, http2, upstream }) => ({
        hostKey,
        address,
        port,
        http2,
        upstream,
      })),
    }),
    onReply: (reply) => (reply.kind === 'serving' ? 'serving' : { failed: reply.reason }),
  })
}
