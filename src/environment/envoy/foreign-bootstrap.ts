// A foreign config in our bootstrap: its listeners beside our pulse, its own settings under ours where they meet. Nothing of
// it is changed here; that was done before.

import type { ForeignForRun } from '../../mesh/foreign/rewrite-foreign.ts'
import type { Resource } from '../../mesh/xds.ts'
import type { JsonObject } from './template.ts'

export interface ForeignBootstrap {
  readonly run: ForeignForRun
  /** `static`: it needs no control plane; `discovery`: ours serves its clusters, and routes that listeners ask for. */
  readonly served: 'static' | 'discovery'
}

const ofDiscovery = ['dynamic_resources']

/** `ours` has the listeners of ours that stay, and the cluster of our control plane. */
export function withForeign(ours: JsonObject, { run, served }: ForeignBootstrap): JsonObject {
  const theirs = run.bootstrap as JsonObject
  const resources = ours.static_resources as JsonObject
  const isStatic = served === 'static'
  const kept = Object.entries(ours).filter(([key]) => !isStatic || !ofDiscovery.includes(key))
  return {
    ...theirs,
    ...Object.fromEntries(kept),
    node: { ...(theirs.node as JsonObject | undefined), ...(ours.node as JsonObject) },
    cluster_manager: merged(theirs.cluster_manager, ours.cluster_manager),
    static_resources: {
      ...(theirs.static_resources as JsonObject | undefined),
      clusters: isStatic ? run.clusters.map(untyped) : resources.clusters,
      listeners: [...(resources.listeners as readonly JsonObject[]), ...run.listeners.map(untyped)],
    },
  }
}

/** Member by member; ours wins. */
function merged(theirs: unknown, ours: unknown): unknown {
  if (!isObject(theirs) || !isObject(ours)) return ours ?? theirs
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return Object.fromEntries([...keys].map((key) => [key, merged(theirs[key], ours[key])]))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands in its place needs no type, and Envoy refuses one. */
function untyped({ '@type': _, ...message }: Resource): JsonObject {
  return message
}
