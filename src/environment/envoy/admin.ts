// What we ask an Envoy's admin interface: readiness, counters of one scenario, what it accepted, the runtime switches.
// Every call has a time limit and names the Envoy in its error.

import { request } from 'undici'
import { EnvironmentError } from '../../core/errors.ts'

export interface EnvoyAdmin {
  readonly name: string
  readonly port: number
  /** `LIVE` and HTTP 200, or the reason why not. */
  ready(signal?: AbortSignal): Promise<true | string>
  /** Counters and gauges whose names match the (RE2) expression; only those that were ever touched. */
  stats(filter: string): Promise<Readonly<Record<string, number>>>
  /** Number of hosts of each cluster, by the cluster's own name (stats may go by another one). */
  hostsByCluster(): Promise<ReadonlyMap<string, number>>
  configDump(query?: string): Promise<unknown>
  runtimeModify(values: Readonly<Record<string, string>>): Promise<void>
}

const timeoutMs = 5_000

export function envoyAdmin(name: string, port: number): EnvoyAdmin {
  const call = async (method: 'GET' | 'POST', path: string, signal?: AbortSignal) => {
    try {
      const response = await request(`http://127.0.0.1:${port}${path}`, {
        method,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })
      return { status: response.statusCode, body: await response.body.text() }
    } catch (error) {
      throw new EnvironmentError(
        `envoy "${name}": ${method} ${path} on its admin port failed: ${(error as Error).message}`,
      )
    }
  }
  const get = async (path: string) => {
    const { status, body } = await call('GET', path)
    if (status !== 200) throw new EnvironmentError(`envoy "${name}": GET ${path} gave ${status}, 200 expected: ${body}`)
    return body
  }
  return {
    name,
    port,
    async ready(signal) {
      const answer = await call('GET', '/ready', signal).catch((error: Error) => error.message)
      if (typeof answer === 'string') return answer
      return answer.status === 200 ? true : `GET /ready gave ${answer.status} ${answer.body.trim()}, 200 expected`
    },
    async stats(filter) {
      type Stats = { readonly stats: readonly { readonly name?: string; readonly value?: number }[] }
      const { stats } = JSON.parse(
        await get(`/stats?format=json&usedonly&filter=${encodeURIComponent(filter)}`),
      ) as Stats
      return Object.fromEntries(
        stats.flatMap(({ name, value }) => (name !== undefined && typeof value === 'number' ? [[name, value]] : [])),
      )
    },
    async hostsByCluster() {
      type Clusters = {
        readonly cluster_statuses?: readonly { readonly name: string; readonly host_statuses?: unknown[] }[]
      }
      const { cluster_statuses: statuses = [] } = JSON.parse(await get('/clusters?format=json')) as Clusters
      return new Map(statuses.map(({ name, host_statuses: hosts }) => [name, hosts?.length ?? 0]))
    },
    configDump: async (query = '') => JSON.parse(await get(`/config_dump${query}`)),
    async runtimeModify(values) {
      const { status, body } = await call('POST', `/runtime_modify?${new URLSearchParams(values)}`)
      if (status !== 200) throw new EnvironmentError(`envoy "${name}": /runtime_modify gave ${status}: ${body}`)
    },
  }
}
