// Counters and gauges of one scenario in an Envoy that it may share with others, under the names that the user's own config
// would give them.

import type { EnvoyAdmin } from './envoy/admin.ts'
import type { ScenarioPlace } from './topology.ts'

export type EnvoyRole = 'egress' | 'fault'

/** What is ours in an Envoy that one scenario has for itself. */
const ofOurs = /^http\.(shaketable-pulse|admin|async-client)\./
/** Times and versions of discovery, which count nothing. */
const noCounter = /\.(version|update_time|update_duration|warming_state)$/

/** @throws EnvironmentError when Envoy's admin does not answer */
export async function scenarioCounters(
  admin: EnvoyAdmin,
  { key, prefix }: Pick<ScenarioPlace, 'key' | 'prefix'>,
  role: EnvoyRole,
): Promise<Readonly<Record<string, number>>> {
  const filters: Readonly<Record<EnvoyRole, string>> = {
    egress: prefix === '' ? '^(cluster|http)\\.' : `^(cluster\\.${prefix}|http\\.${key}\\.)`,
    fault: `^http\\.${key}-.*\\.fault\\.`,
  }
  const stats = await admin.stats(filters[role])
  return Object.fromEntries(
    Object.entries(stats)
      .filter(([name]) => !noCounter.test(name) && !ofOurs.test(name))
      .map(([name, value]) => [name.replace(`cluster.${prefix}`, 'cluster.').replace(`http.${key}.`, 'http.'), value]),
  )
}
