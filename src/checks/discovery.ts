// discovery: hosts come and go as discovery says. A host that took leave gets no new attempt once Envoy had time to hear of
// it; one that registered again gets its part. What was under way on a host when it left is none of this check's business:
// that it is not lost, `success` and `policy` say.

import type { CheckKind } from '../core/check.ts'
import type { AttemptLogged, HostRegistered } from '../core/history.ts'
import { type NoSettings, noSettings } from '../core/no-settings.ts'
import { meshOf } from '../core/scenario-record.ts'
import type { Conclusion, ConfigLine } from '../core/verdict.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'
import { findingList, nothingSeen } from './finding-list.ts'
import { machineLag } from './policy/lateness.ts'

/** From leave or return to Envoy's balancer: 4 ms as a rule over a held poll; this much a machine that is busy may take. */
const heardWithinMs = 250
/** A host that registers may be called before the line that tells of it is written. */
const foreseenMs = 50
/** So many attempts on the cluster for each of its hosts, and a host that balancing knows surely had one. */
const fairAttemptsPerHost = 20
const suspectsMax = 10_000

/** A host that ever left. */
interface Watched {
  leftMs: number | undefined
  /** Attempts that started while it was out, as far as is known. */
  suspects: AttemptLogged[]
  /** Since its return; undefined while there is nothing to wait for. */
  back: { readonly atMs: number; readonly cluster: string; onCluster: number } | undefined
}

export const discovery: CheckKind<NoSettings> = {
  name: 'discovery',
  about: 'A host that left discovery gets no new attempt, and one that came back gets its part.',
  schema: noSettings,
  start(_config, { header, scenario }) {
    const { name, upstreams } = meshOf(scenario)
    const declared = header.declaredPolicy[name] as DeclaredPolicy | undefined
    const lag = machineLag()
    const hosts = new Map<string, Watched>()
    const found = findingList()
    let looked = 0
    let unasked = 0

    const lineOf = (cluster: string): { readonly config?: ConfigLine } => {
      const lines = declared?.clusters.find((one) => one.name === cluster)?.lines
      const config = lines?.sds ?? lines?.cluster
      return config === undefined ? {} : { config }
    }
    const heardAt = (atMs: number) => atMs + heardWithinMs + lag.worstMs(atMs, atMs + heardWithinMs)

    function accuse({ suspects, leftMs }: Watched, untilMs: number): void {
      if (leftMs === undefined) return
      looked++
      const fromMs = heardAt(leftMs)
      for (const { id, attempt, startMs, host, cluster } of suspects) {
        if (startMs <= fromMs || startMs >= untilMs - foreseenMs) continue
        found.add({
          rule: 'left-host-idle',
          message: `attempt ${attempt} was sent to host ${host} of ${cluster}, which had left discovery`,
          expected: 'another host',
          observed: `sent ${(startMs - leftMs).toFixed(0)} ms after it left`,
          requestId: id,
          ...lineOf(cluster),
        })
      }
    }

    function changed({ kind, address, cluster, atMs }: HostRegistered): void {
      const host = hosts.get(address) ?? { leftMs: undefined, suspects: [], back: undefined }
      hosts.set(address, host)
      if (kind === 'host-left') {
        Object.assign(host, { leftMs: atMs, suspects: [], back: undefined })
      } else if (host.leftMs !== undefined) {
        accuse(host, atMs)
        Object.assign(host, { leftMs: undefined, suspects: [], back: { atMs, cluster, onCluster: 0 } })
      }
    }

    function attempted(attempt: AttemptLogged): void {
      const own = hosts.get(attempt.host)
      if (own?.leftMs !== undefined && attempt.startMs > own.leftMs && own.suspects.length < suspectsMax) {
        own.suspects.push(attempt)
      }
      for (const [address, host] of hosts) {
        const { back } = host
        if (back === undefined || back.cluster !== attempt.cluster || attempt.startMs <= heardAt(back.atMs)) continue
        if (attempt.host === address) {
          looked++
          host.back = undefined
          continue
        }
        back.onCluster++
        const enough = fairAttemptsPerHost * (upstreams[back.cluster]?.hosts ?? 1)
        if (back.onCluster < enough) continue
        looked++
        host.back = undefined
        found.add({
          rule: 'joined-host-used',
          message: `host ${address} of ${back.cluster} came back to discovery but gets no attempt`,
          expected: `one of ${enough} attempts on the cluster at least`,
          observed: 'none of them',
          ...lineOf(back.cluster),
        })
      }
    }

    return {
      observe(event) {
        if (event.kind === 'heartbeat') lag.observe(event)
        else if (event.kind === 'host-left' || event.kind === 'host-registered') changed(event)
        else if (event.kind === 'attempt-logged') attempted(event)
      },
      conclude(): Conclusion {
        for (const host of hosts.values()) {
          accuse(host, Number.POSITIVE_INFINITY)
          if (host.back !== undefined) unasked++
        }
        if (hosts.size === 0) return nothingSeen('no host left discovery or came to it')
        if (looked === 0) return nothingSeen('too few attempts came after a host left or came back', unasked)
        const count = found.count()
        return {
          verdict: count > 0 ? 'fail' : 'pass',
          summary:
            count > 0
              ? `${count} times balancing did not follow discovery`
              : `balancing followed ${looked} changes of discovery`,
          looked,
          ...(unasked === 0 ? {} : { skipped: unasked }),
          ...found.told(),
        }
      },
    }
  },
}
