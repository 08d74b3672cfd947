// One stored object of an xDS directory, or one answer of a control plane over REST: a whole DiscoveryResponse in JSON,
// checked and taken apart into its resources, with their places in the text. It does not judge what the resources say.

import { formatPlace, InputError } from '../../core/errors.ts'
import type { ConfigLine } from '../../core/verdict.ts'
import { readSource, unplaced } from '../definition-source.ts'
import { inSnakeCase } from '../envoy-api/snake-case.ts'
import type { JsonObject, Resource } from '../xds.ts'

export const xdsTypes = ['listeners', 'routes', 'clusters', 'endpoints'] as const
export type XdsType = (typeof xdsTypes)[number]

export const messageOf: Readonly<Record<XdsType, string>> = {
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
  clusters: 'envoy.config.cluster.v3.Cluster',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
}

/** What some control planes and stores put around each resource. */
const wrapper = 'envoy.service.discovery.v3.Resource'

export interface DiscoveryObject {
  readonly versionInfo: string
  readonly resources: readonly Resource[]
  /** The place of `/0/connect_timeout`: a pointer that begins with the number of the resource. */
  readonly lineOf: (pointer: string) => ConfigLine
}

/** Above this, looking for lines would take too long; then a place is a pointer. */
const placedBytesMax = 2 * 1024 * 1024

/** @throws InputError that names `file`, line and what was expected */
export function readDiscoveryObject(text: string, file: string, type: XdsType): DiscoveryObject {
  const value = parse(text, file)
  // One long line says nothing to a person.
  const isPlaced = text.trimEnd().includes('\n') && text.length <= placedBytesMax
  const source = isPlaced ? readSource(text, file, { merge: false }) : unplaced(value, file)
  const fail = (pointer: string, expected: string, found: string, hint: string): never => {
    throw new InputError(`${formatPlace(source.placeOf(pointer))}: expected ${expected}, found ${found}; ${hint}`)
  }
  if (!isObject(value) || !Array.isArray(value.resources)) {
    return fail('', 'a DiscoveryResponse with a list of resources', describe(value), 'this is what Envoy is answered')
  }
  const prefixes: string[] = []
  const resources = value.resources.map((given: unknown, index): Resource => {
    const isWrapped = isObject(given) && typeOf(given) === wrapper
    const pointer = `/resources/${index}${isWrapped ? '/resource' : ''}`
    prefixes.push(pointer)
    return checked(isWrapped ? given.resource : given, type, (found, expected, hint, key = '') =>
      fail(`${pointer}${key}`, expected, found, hint),
    )
  })
  const version = value.version_info ?? value.versionInfo
  return {
    versionInfo: typeof version === 'string' ? version : '',
    resources,
    lineOf(pointer) {
      const [, index = '0', ...rest] = pointer.split('/')
      return source.lineOf([prefixes[Number(index)] ?? '/resources', ...rest].join('/'))
    },
  }
}

type Fail = (found: string, expected: string, hint: string, key?: string) => never

function checked(value: unknown, type: XdsType, fail: Fail): Resource {
  const message = messageOf[type]
  const typed = `"@type": "type.googleapis.com/${message}"`
  if (!isObject(value)) return fail(describe(value), 'a resource', `each of ${type} is an object with ${typed}`)
  const given = typeOf(value)
  if (given !== message) {
    const isOld = given?.startsWith('envoy.api.v2.') === true
    const hint = isOld ? 'Envoy speaks v3 only: write the resources for it' : `each of ${type} has it`
    return fail(given === undefined ? 'none' : `"${given}"`, typed, hint, given === undefined ? '' : '/@type')
  }
  const resource = inSnakeCase(value as JsonObject, message) as JsonObject
  const nameKey = type === 'endpoints' ? 'cluster_name' : 'name'
  const name = resource[nameKey] ?? (type === 'routes' || type === 'listeners' ? '' : undefined)
  if (typeof name !== 'string') return fail(describe(name), `a text as ${nameKey}`, `each of ${type} has one`)
  return { ...resource, '@type': `type.googleapis.com/${message}`, name }
}

function typeOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const type = value['@type']
  return typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : undefined
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ')
    const [, line, column] = / \(line (\d+) column (\d+)\)$/.exec(why) ?? []
    const place = line === undefined ? { file } : { file, line: Number(line), column: Number(column) }
    throw new InputError(`${formatPlace(place)}: expected a DiscoveryResponse in JSON, found a mistake: ${why}`)
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'none'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
