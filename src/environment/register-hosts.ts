// Plays the side-car registrar: announces every host to the control plane, as real hosts do, and refreshes in time. It does
// no health checks.

import { request } from 'undici'
import { EnvironmentError } from '../core/errors.ts'
import { prefixOf } from './served-config.ts'
import type { ScenarioPlace } from './topology.ts'

export interface Registrar {
  stop(): Promise<void>
}

export async function registerHosts(options: {
  readonly places: readonly ScenarioPlace[]
  readonly port: number
  readonly token: string
  readonly lifetimeMs: number
}): Promise<Registrar> {
  const registerAll = () =>
    Promise.all(options.places.flatMap((place) => place.hosts.map((host) => register(place.key, host))))
  const register = async (key: string, host: { cluster: string; address: string; faultPort: number; host: number }) => {
    const form = new URLSearchParams({
      ip: host.address,
      port: String(host.faultPort),
      revision: 'shaketable',
      tags: JSON.stringify({ host: host.host }),
    })
    const cluster = encodeURIComponent(`${prefixOf(key)}${host.cluster}`)
    const { statusCode, body } = await request(`http://127.0.0.1:${options.port}/v1/registration/${cluster}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${options.token}` },
      body: form.toString(),
    })
    const text = await body.text()
    if (statusCode !== 200)
      throw new EnvironmentError(`control plane refused a registration with ${statusCode}: ${text}`)
  }
  await registerAll()
  // While the control plane is down by intention a refresh fails; the next one comes well before the registration ends.
  const timer = setInterval(() => void registerAll().catch(() => {}), options.lifetimeMs / 5)
  return {
    async stop() {
      clearInterval(timer)
    },
  }
}
