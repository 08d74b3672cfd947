// When an environment is ready beyond Envoy's own word, and how it says that Envoy refused what it was served.

import { EnvironmentError } from '../core/errors.ts'
import { configUnderTest } from '../core/scenario-record.ts'
import type { RejectedConfig } from './config-outcomes.ts'
import type { EnvoyAdmin } from './envoy/admin.ts'
import { clusterNames } from './layout.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import type { ScenarioPlace } from './topology.ts'

export interface Membership {
  /** The name inside Envoy. */
  readonly cluster: string
  readonly hosts: number
}

/** The hosts that each served cluster must know before load starts. */
export function expectedMembers(
  places: readonly ScenarioPlace[],
  scenarios: readonly PreparedScenario[],
): readonly Membership[] {
  return scenarios.flatMap(({ key, served }) => {
    const place = places.find((one) => one.key === key)
    return clusterNames(served).map((name) => ({
      cluster: `${place?.prefix ?? ''}${name}`,
      hosts: place?.hosts.filter(({ cluster }) => cluster === name).length ?? 0,
    }))
  })
}

/** True, or which cluster lacks hosts; discovery by registration may be a moment behind. */
export async function membersKnown(admin: EnvoyAdmin, expected: readonly Membership[]): Promise<true | string> {
  const known = await admin.hostsByCluster()
  for (const { cluster, hosts } of expected) {
    const seen = known.get(cluster) ?? 0
    if (seen !== hosts) return `cluster ${cluster} has ${seen} hosts, ${hosts} expected`
  }
  return true
}

/** Envoy calls itself ready also when it has no routes yet, or refused them. */
export async function configTaken(
  admin: EnvoyAdmin,
  members: readonly Membership[],
  places: readonly ScenarioPlace[],
): Promise<true | string> {
  const known = await membersKnown(admin, members)
  if (known !== true) return known
  const stats = await admin.stats('^http\\..*\\.rds\\..*\\.update_success$')
  const isUntouched = Object.values(stats).includes(0)
  const missing = places.find(({ key, prefix, routeConfig }) =>
    // In an Envoy of its own a config may bring listeners and routes of any name.
    prefix === '' ? isUntouched : !stats[`http.${key}.rds.${routeConfig}.update_success`],
  )
  return missing === undefined || `route configuration ${missing.routeConfig} is not served or not taken yet`
}

export function refusedConfig(
  envoy: string,
  { type, version, reason }: RejectedConfig,
  scenarios: readonly PreparedScenario[],
): EnvironmentError {
  const files = [...new Set(scenarios.map(({ record }) => configUnderTest(record.mesh).from))].join(', ')
  return new EnvironmentError(
    `envoy "${envoy}" refused the ${type} that it was served (version ${version})\n` +
      `  envoy says: ${reason}\n` +
      `  served from: ${files}\n` +
      `  hint: ${scenarios.some(({ foreign }) => foreign === undefined) ? '`shaketable compile DEFINITION` writes these resources' : 'Envoy itself would refuse them as well: mend them where they come from'}`,
  )
}

/**
 * Envoy's words in the user's names. Where it names no resource (or only its number in the list), the names of what it
 * was served are added.
 */
export function userNames(places: readonly ScenarioPlace[], scenarios: readonly PreparedScenario[]) {
  const names = places.flatMap(({ prefix, clusters, routeConfig, record }) => [
    ...clusters.map((name) => ({ inside: `${prefix}${name}`, name })),
    { inside: routeConfig, name: record.mesh.node },
  ])
  // Longer names first, or one that begins like another would be cut.
  const ordered = names.toSorted((left, right) => right.inside.length - left.inside.length)
  return (type: string, text: string): string => {
    const listed = scenarios.flatMap(({ served }) =>
      type === 'routes' ? served.routes.map(({ name }) => name) : clusterNames(served),
    )
    const numbered = text.replace(/\bresources\[(\d+)\]/g, (whole, index) => listed[Number(index)] ?? whole)
    const plain = ordered.reduce((current, { inside, name }) => current.replaceAll(inside, name), numbered)
    if (listed.some((name) => plain.includes(name))) return plain
    return listed.length === 1 ? `${listed[0]}: ${plain}` : `one of ${listed.slice(0, 20).join(', ')}: ${plain}`
  }
}
