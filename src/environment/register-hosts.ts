// Plays the registrar beside each host: announces it to the control plane, as real hosts do, refreshes in time, and takes
// leave where a fault says so or where the host's own health check fails (health-check.ts). What becomes of endpoints is
// the control plane's business.
//
//   host ◄─ health check ─ registrar ─► POST, DELETE /v1/registration/CLUSTER ─► control plane ─► EDS ─► Envoy

import { request } from 'undici'
import { EnvironmentError } from '../core/errors.ts'
import type { NewEvent } from '../core/history.ts'
import { type HealthCheck, startHealthCheck } from './health-check.ts'
import { facingPort, type HostPlace, type ScenarioPlace } from './topology.ts'

export interface Registrar {
  /** Takes leave of a cluster's hosts, or of one (counted from 1); the returned function registers them again. */
  leave(scenario: string, cluster: string, host: number | undefined, reason: string): Promise<() => Promise<void>>
  /** From now on hosts that ask for it are checked; before, their apps may not have started yet. */
  watchHealth(): void
  /** Ends refreshing and health checks; resolves when none is under way. */
  stop(): Promise<void>
}

export interface RegistrarOptions {
  readonly places: readonly ScenarioPlace[]
  readonly port: number
  readonly token: string
  readonly lifetimeMs: number
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
}

const answerWithinMs = 2_000

/** A host and why it is out of discovery; it is in while there is no reason. */
interface Entry {
  readonly scenario: string
  /** The name inside Envoy. */
  readonly served: string
  readonly place: HostPlace
  readonly absent: Set<string>
}

/** Resolves when every host is registered. @throws EnvironmentError, or the signal's reason */
export async function registerHosts(options: RegistrarOptions, signal?: AbortSignal): Promise<Registrar> {
  const stopping = new AbortController()
  const entries = options.places.flatMap((place) =>
    place.hosts.map((host): Entry => {
      const absent = new Set<string>()
      return { scenario: place.record.name, served: `${place.prefix}${host.cluster}`, place: host, absent }
    }),
  )
  const present = () => entries.filter(({ absent }) => absent.size === 0)
  const announceAll = (until: readonly AbortSignal[]) =>
    Promise.all(present().map((entry) => announce('POST', entry, options, until)))
  await announceAll(signal === undefined ? [] : [signal])
  let refreshing: Promise<unknown> | undefined
  const timer = setInterval(() => {
    // A control plane that is dead or frozen by intention takes no refresh; the next one still comes well in time.
    refreshing ??= announceAll([stopping.signal])
      .catch(() => {})
      .finally(() => {
        refreshing = undefined
      })
  }, options.lifetimeMs / 5)

  const change = changer(options, stopping.signal, () => refreshing)
  const checks: HealthCheck[] = []
  return {
    watchHealth() {
      for (const entry of entries) {
        const { healthCheck } = entry.place.upstream
        if (healthCheck === undefined) continue
        // A control plane that cannot be told is told with the next change; it forgets who does not refresh anyway.
        const tell = (why: string | undefined) => void change(entry, 'unhealthy', why).catch(() => {})
        checks.push(startHealthCheck(entry.place, healthCheck, tell))
      }
    },
    async leave(scenario, cluster, host, reason) {
      const meant = entries.filter(
        (entry) =>
          entry.scenario === scenario &&
          entry.place.cluster === cluster &&
          (host === undefined || entry.place.host === host),
      )
      if (meant.length === 0) throw new Error(`no host of ${cluster} that could leave`)
      await Promise.all(meant.map((entry) => change(entry, reason, reason)))
      return async () => void (await Promise.all(meant.map((entry) => change(entry, reason, undefined))))
    },
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await Promise.all([refreshing, ...checks.map((check) => check.stop())])
    },
  }
}

/** Adds or removes one reason of a host to be out, and tells control plane and history when that decides. */
function changer(options: RegistrarOptions, stopping: AbortSignal, refreshing: () => Promise<unknown> | undefined) {
  return async (entry: Entry, key: string, why: string | undefined) => {
    const wasPresent = entry.absent.size === 0
    if (why === undefined) entry.absent.delete(key)
    else entry.absent.add(key)
    const isPresent = entry.absent.size === 0
    if (wasPresent === isPresent) return
    // A refresh under way would register again what is about to leave.
    if (!isPresent) await refreshing()
    await announce(isPresent ? 'POST' : 'DELETE', entry, options, [stopping])
    const { cluster, host } = entry.place
    options.emit({
      kind: isPresent ? 'host-registered' : 'host-left',
      src: 'registrar',
      atMs: options.now(),
      scenario: entry.scenario,
      cluster,
      host,
      address: `${entry.place.address}:${facingPort(entry.place)}`,
      reason: why ?? `${key} is over`,
    })
  }
}

async function announce(
  method: 'POST' | 'DELETE',
  { served, place }: Entry,
  { port, token }: RegistrarOptions,
  until: readonly AbortSignal[],
): Promise<void> {
  const form = { ip: place.address, port: String(facingPort(place)), revision: 'shaketable' }
  const path = `/v1/registration/${encodeURIComponent(served)}`
  const answer = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${token}` },
    body: new URLSearchParams({ ...form, tags: JSON.stringify({ host: place.host }) }).toString(),
    signal: AbortSignal.any([AbortSignal.timeout(answerWithinMs), ...until]),
  })
  const text = await answer.body.text()
  if (answer.statusCode === 200) return
  throw new EnvironmentError(
    `control plane: ${method} ${path} gave ${answer.statusCode} ${text.slice(0, 500)}, 200 expected\n  hint: ${form.ip}:${form.port} could not be registered`,
  )
}
