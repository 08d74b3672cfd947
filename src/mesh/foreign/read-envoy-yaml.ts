// A static `envoy.yaml` (or .json), taken apart. Nothing is rewritten or judged here but what cannot be told from one file:
// listeners and clusters that a control plane would bring.

import { formatPlace, InputError } from '../../core/errors.ts'
import type { JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { at, isObject, objectAt, objectsAt, textAt, without } from './json-tree.ts'
import { type PlacedFile, readPlacedFile } from './placed-file.ts'

/** @throws InputError */
export async function readEnvoyYaml(file: string, node: string): Promise<ForeignConfig> {
  const placed = await readPlacedFile(file, 'a bootstrap of Envoy (envoy.yaml)')
  const { value } = placed
  refuseOthers(placed)
  const resources = objectAt(value, 'static_resources')
  const rest = without(resources, 'listeners', 'clusters')
  return {
    sort: 'envoy',
    from: file,
    node: textAt(value, 'node', 'cluster') || node,
    bootstrap: {
      ...without(value, 'static_resources'),
      ...(Object.keys(rest).length === 0 ? {} : { static_resources: rest }),
    },
    listeners: objectsAt(resources, 'listeners').map((one, index) =>
      resource(one, 'envoy.config.listener.v3.Listener', `listener-${index + 1}`),
    ),
    routes: [],
    clusters: objectsAt(resources, 'clusters').map((one) => resource(one, 'envoy.config.cluster.v3.Cluster', '')),
    endpoints: [],
    changes: [],
    lineOf: (pointer) =>
      placed.lineOf(
        /^\/(listeners|clusters)(\/|$)/.test(pointer)
          ? `/static_resources${pointer}`
          : pointer.replace(/^\/bootstrap/, ''),
      ),
  }
}

/** What Envoy knows by its place in the bootstrap is a resource of a type and with a name here. */
export function resource(message: JsonObject, type: string, nameless: string): Resource {
  return { ...message, '@type': `type.googleapis.com/${type}`, name: textAt(message, 'name') || nameless }
}

function refuseOthers({ file, value, lineOf }: PlacedFile): void {
  const place = (pointer: string) => formatPlace(lineOf(pointer))
  if (Array.isArray(value.configs)) {
    throw new InputError(`${file}: expected a bootstrap of Envoy, found a config dump; name it in mesh.configDump`)
  }
  const dynamic = ['lds_config', 'cds_config', 'ads_config'].find((key) =>
    isObject(at(value, 'dynamic_resources', key)),
  )
  if (dynamic !== undefined) {
    const [what, remedy] = [
      'listeners and clusters that stand in this file',
      'put your control plane into mesh.controlPlane, or what an Envoy says at /config_dump into mesh.configDump',
    ]
    throw new InputError(
      `${place(`/dynamic_resources/${dynamic}`)}: expected ${what}, found ${dynamic}, with which a control plane brings them; ${remedy}`,
    )
  }
  if (objectsAt(value, 'static_resources', 'listeners').length > 0) return
  const old = isObject(value.static_resources) ? place('/static_resources') : file
  throw new InputError(
    `${old}: expected static_resources with listeners, found none; is this the bootstrap of an Envoy?`,
  )
}
