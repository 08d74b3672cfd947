// Our hosts in the places of a cluster's own: with their weights, metadata, names, localities and priorities, as far as there
// are hosts of ours for them. Further hosts of ours repeat the first places.

import type { RunEndpoint } from '../rewrite.ts'
import type { Json, JsonObject, Resource } from '../xds.ts'
import { at, isObject, objectAt, objectsAt, textAt, without, wordOf } from './json-tree.ts'

interface Seat {
  readonly group: number
  readonly host: JsonObject
}

export function ourEndpoints(
  cluster: Resource,
  discovered: readonly Resource[],
  hosts: readonly RunEndpoint[],
  say: (what: string) => void,
): JsonObject {
  const assignment = assignmentOf(cluster, discovered)
  const groups = groupsOf(assignment)
  const seats = inTurn(groups)
  const isDns = /DNS|dns/.test(textAt(cluster, 'cluster_type', 'name') || wordOf(cluster.type))
  const seated = hosts.map((host, index) => {
    const seat = seats[index % Math.max(seats.length, 1)] ?? { group: 0, host: {} }
    return { group: seat.group, endpoint: seatedHost(seat.host, host, isDns) }
  })
  if (seats.length > 0 && seats.length !== hosts.length) {
    say(
      `${seats.length} ${seats.length === 1 ? 'host' : 'hosts'} -> ${hosts.length} of ours (upstreams.${cluster.name}.hosts says how many)`,
    )
  }
  const kept = groups.flatMap((group, index) => {
    const own = seated.filter((one) => one.group === index).map(({ endpoint }) => endpoint)
    return own.length === 0 ? [] : [{ ...group, lb_endpoints: own }]
  })
  if (kept.length < groups.length)
    say(`${groups.length} localities or priorities -> ${kept.length}, because there is no host for the others`)
  const names = new Set(
    seated.map(({ endpoint }) => textAt(endpoint, 'endpoint', 'hostname')).filter((name) => name !== ''),
  )
  if (names.size > 0)
    say(`hostname of our hosts is ${[...names].join(', ')}, so auto_host_rewrite sends what it would have sent`)
  const endpoints = kept.length > 0 ? withoutGaps(kept) : [{ lb_endpoints: seated.map(({ endpoint }) => endpoint) }]
  return { ...without(assignment, '@type', 'name', 'named_endpoints'), cluster_name: cluster.name, endpoints }
}

function assignmentOf(cluster: Resource, discovered: readonly Resource[]): JsonObject {
  if (isObject(cluster.load_assignment)) return cluster.load_assignment
  const service = textAt(cluster, 'eds_cluster_config', 'service_name') || cluster.name
  return discovered.find((one) => one.cluster_name === service) ?? {}
}

/** Those that list hosts, the highest priority first. */
function groupsOf(assignment: JsonObject): readonly JsonObject[] {
  return (
    objectsAt(assignment, 'endpoints')
      .filter((group) => objectsAt(group, 'lb_endpoints').length > 0)
      // In a dump of endpoints, 0 stands for none, which Envoy does not take as a weight.
      .map((group) => (group.load_balancing_weight === 0 ? without(group, 'load_balancing_weight') : group))
      .toSorted((left, right) => Number(left.priority ?? 0) - Number(right.priority ?? 0))
  )
}

/** One host of each group, then the second of each, so that few hosts of ours still keep as many groups as they can. */
function inTurn(groups: readonly JsonObject[]): readonly Seat[] {
  const rows = groups.map((group) => objectsAt(group, 'lb_endpoints'))
  const longest = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: longest }, (_, index) => index).flatMap((index) =>
    rows.flatMap((row, group) => {
      const host = row[index]
      return host === undefined ? [] : [{ group, host }]
    }),
  )
}

function seatedHost(seat: JsonObject, { address, port }: RunEndpoint, isDns: boolean): JsonObject {
  const own = textAt(seat, 'endpoint', 'hostname')
  // A name that DNS resolves is what auto_host_rewrite sends.
  const hostname = own === '' && isDns ? textAt(seat, 'endpoint', 'address', 'socket_address', 'address') : own
  const checked = without(
    objectAt(seat, 'endpoint', 'health_check_config'),
    'port_value',
    'address',
    'disable_active_health_check',
  )
  return {
    ...without(seat, 'endpoint', 'endpoint_name', 'health_status'),
    endpoint: {
      address: { socket_address: { address, port_value: port } },
      ...(hostname === '' ? {} : { hostname }),
      ...(Object.keys(checked).length === 0 ? {} : { health_check_config: checked }),
    },
  }
}

/** Envoy wants priorities from 0 on without a gap. */
function withoutGaps(groups: readonly JsonObject[]): readonly Json[] {
  const priorities = [...new Set(groups.map((group) => Number(at(group, 'priority') ?? 0)))].toSorted((a, b) => a - b)
  return groups.map((group) => {
    const priority = priorities.indexOf(Number(group.priority ?? 0))
    return { ...without(group, 'priority'), ...(priority === 0 ? {} : { priority }) }
  })
}
