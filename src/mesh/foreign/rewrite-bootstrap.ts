// What of the user's bootstrap goes into ours: runtime layers, regex engine, extensions. Everything that reaches out of this
// process, into files, or to other services stays away.

import type { Json, JsonObject } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { isObject, objectAt, objectsAt, textAt, without } from './json-tree.ts'

const removedKeys: Readonly<Record<string, string>> = {
  admin: 'ours instead',
  stats_sinks: 'counters are read from the admin',
  tracing: 'no tracer here',
  hds_config: 'nobody is told of health',
  overload_manager: 'ours instead',
  flags_path: 'outside of this run',
  dns_resolution_config: 'no DNS here',
  typed_dns_resolver_config: 'no DNS here',
  use_tcp_for_dns_lookups: 'no DNS here',
  application_log_config: 'its log is read by us',
  perf_tracing_file_path: 'outside of this run',
  header_prefix: 'x-envoy is what is looked for',
}
/** Of a dump, these belong to the Envoy that it was taken from. */
const removedOfDumps = [
  'dynamic_resources',
  'default_config_source',
  'config_sources',
  'xds_delegate_extension',
  'xds_config_tracker_extension',
]

export function rewriteBootstrap(
  bootstrap: JsonObject,
  sort: ForeignConfig['sort'],
  note: (line: string) => void,
): JsonObject {
  const say = (what: string) => note(`bootstrap: ${what}`)
  for (const [key, why] of Object.entries(removedKeys)) if (bootstrap[key] !== undefined) say(`${key} removed (${why})`)
  const foreign = sort === 'configDump' ? removedOfDumps : []
  for (const key of foreign) if (bootstrap[key] !== undefined) say(`${key} removed (it is all here)`)
  const kept = without(
    bootstrap,
    ...Object.keys(removedKeys),
    ...foreign,
    'static_resources',
    'layered_runtime',
    'stats_config',
    'cluster_manager',
  )
  return {
    ...kept,
    ...layers(bootstrap.layered_runtime, say),
    ...statsConfig(bootstrap.stats_config, say),
    ...clusterManager(bootstrap.cluster_manager, say),
    ...secrets(objectAt(bootstrap, 'static_resources'), say),
  }
}

type Say = (what: string) => void

function layers(runtime: Json | undefined, say: Say): JsonObject {
  if (!isObject(runtime)) return {}
  const kept = objectsAt(runtime, 'layers').filter((layer) => {
    const outside = ['disk_layer', 'rtds_layer'].find((key) => layer[key] !== undefined)
    if (outside !== undefined) say(`runtime layer ${textAt(layer, 'name')} removed (${outside})`)
    return outside === undefined
  })
  return { layered_runtime: { layers: kept.map((layer) => withoutLimit(layer, say)) } }
}

/** Envoy warns of a second limit on connections, and the overload manager is ours. */
const connectionLimit = 'overload.global_downstream_max_connections'

function withoutLimit(layer: JsonObject, say: Say): JsonObject {
  const values = layer.static_layer
  if (!isObject(values)) return layer
  const nested = objectAt(values, 'overload')
  if (values[connectionLimit] === undefined && nested.global_downstream_max_connections === undefined) return layer
  say(`runtime ${connectionLimit} removed (the overload manager is ours)`)
  const overload = without(nested, 'global_downstream_max_connections')
  const rest = without(values, connectionLimit, 'overload')
  return { ...layer, static_layer: Object.keys(overload).length === 0 ? rest : { ...rest, overload } }
}

function statsConfig(config: Json | undefined, say: Say): JsonObject {
  if (!isObject(config)) return {}
  if (config.stats_matcher !== undefined) say('stats_config.stats_matcher removed (counters are what checks look at)')
  const kept = without(config, 'stats_matcher')
  return Object.keys(kept).length === 0 ? {} : { stats_config: kept }
}

function clusterManager(manager: Json | undefined, say: Say): JsonObject {
  if (!isObject(manager)) return {}
  if (manager.load_stats_config !== undefined)
    say('cluster_manager.load_stats_config removed (nobody is told of the load)')
  if (objectAt(manager, 'outlier_detection').event_log_path !== undefined)
    say('cluster_manager.outlier_detection.event_log_path -> a file of ours')
  return { cluster_manager: without(manager, 'load_stats_config', 'upstream_bind_config') }
}

/** Certificates go with TLS; what filters use stays where it is written out. */
function secrets(resources: JsonObject, say: Say): JsonObject {
  const { secrets: given } = resources
  if (given === undefined) return {}
  const kept = objectsAt(resources, 'secrets').filter((secret) => isObject(secret.generic_secret))
  const removed = objectsAt(resources, 'secrets').length - kept.length
  if (removed > 0) say(`${removed} TLS ${removed === 1 ? 'secret' : 'secrets'} removed (plain text here)`)
  return kept.length === 0 ? {} : { static_resources: { secrets: kept } }
}
