// Plays the side-car registrar: announces every host to the control plane, as real hosts do, and refreshes in time. It does
// no health checks.

import { request } from 'undici'
import { EnvironmentError } from '../core/errors.ts'
import { facingPort, type ScenarioPlace } from './topology.ts'

export interface Registrar {
  /** Ends refreshing; resolves when none is under way. */
  stop(): Promise<void>
}

export interface RegistrarOptions {
  readonly places: readonly ScenarioPlace[]
  readonly port: number
  readonly token: string
  readonly lifetimeMs: number
}

const answerWithinMs = 2_000

/** Resolves when every host is registered. @throws EnvironmentError, or the signal's reason */
export async function registerHosts(options: RegistrarOptions, signal?: AbortSignal): Promise<Registrar> {
  const stopping = new AbortController()
  const hosts = options.places.flatMap((place) =>
    place.hosts.map((host) => ({
      cluster: `${place.prefix}${host.cluster}`,
      form: { ip: host.address, port: facingPort(host), revision: 'shaketable', tags: { host: host.host } },
    })),
  )
  const registerAll = async (until: AbortSignal[]) => {
    await Promise.all(hosts.map(({ cluster, form }) => register(cluster, form, options, until)))
  }
  await registerAll(signal === undefined ? [] : [signal])
  let refreshing: Promise<void> | undefined
  const timer = setInterval(() => {
    // A control plane that is dead or frozen by intention takes no refresh; the next one still comes well in time.
    refreshing ??= registerAll([stopping.signal])
      .catch(() => {})
      .finally(() => {
        refreshing = undefined
      })
  }, options.lifetimeMs / 5)
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await refreshing
    },
  }
}

interface Form {
  readonly ip: string
  readonly port: number
  readonly revision: string
  readonly tags: Readonly<Record<string, unknown>>
}

async function register(
  cluster: string,
  form: Form,
  { port, token }: RegistrarOptions,
  until: readonly AbortSignal[],
): Promise<void> {
  const body = new URLSearchParams({ ...form, port: String(form.port), tags: JSON.stringify(form.tags) })
  const path = `/v1/registration/${encodeURIComponent(cluster)}`
  const answer = await request(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${token}` },
    body: body.toString(),
    signal: AbortSignal.any([AbortSignal.timeout(answerWithinMs), ...until]),
  })
  const text = await answer.body.text()
  if (answer.statusCode === 200) return
  throw new EnvironmentError(
    `control plane: POST ${path} gave ${answer.statusCode} ${text.slice(0, 500)}, 200 expected\n  hint: ${form.ip}:${form.port} could not be registered`,
  )
}
