// What is discovered, from stored objects or from a running control plane, as a foreign config.

import type { DiscoveryObject, XdsType } from './discovery-object.ts'
import type { ForeignConfig } from './foreign-config.ts'

export interface DiscoveredConfig {
  readonly sort: 'xds' | 'controlPlane'
  /** For messages: a directory, or a command. */
  readonly from: string
  readonly node: string
  readonly objects: Readonly<Partial<Record<XdsType, Pick<DiscoveryObject, 'resources' | 'lineOf'>>>>
}

export function foreignFromXds({ sort, from, node, objects }: DiscoveredConfig): ForeignConfig {
  const resourcesOf = (type: XdsType) => objects[type]?.resources ?? []
  return {
    sort,
    from,
    node,
    bootstrap: {},
    listeners: resourcesOf('listeners'),
    routes: resourcesOf('routes'),
    clusters: resourcesOf('clusters'),
    endpoints: resourcesOf('endpoints'),
    changes: [],
    lineOf(pointer) {
      const [, type = '', ...rest] = pointer.split('/')
      const object = objects[type as XdsType]
      return object === undefined ? { file: from, pointer, text: '' } : object.lineOf(`/${rest.join('/')}`)
    },
  }
}

/** Which route configuration a listener of ours asks for: the only one, or of several that of the node. */
export function routeConfigName({ node, routes }: Pick<ForeignConfig, 'node' | 'routes'>): string | undefined {
  return routes.length === 1 ? routes[0]?.name : routes.find(({ name }) => name === node)?.name
}
