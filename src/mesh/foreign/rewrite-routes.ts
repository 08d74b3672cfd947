// A route configuration in which attempts are counted and copies are marked; matches, timeouts, retries and rewrites stay.

import type { FilterStub } from '../../core/scenario-record.ts'
import type { Json, JsonObject } from '../xds.ts'
import { isObject, objectsAt, textAt, typeOf, without, wordOf } from './json-tree.ts'
import { needyFilters } from './needy-filters.ts'

/** By it a copy is told from the original at the fault listener. */
const shadowHeader = 'x-shaketable-shadow'

type Stubs = Readonly<Record<string, FilterStub>>

export function rewriteRoutes<Routes extends JsonObject>(
  routes: Routes,
  stubs: Stubs,
  note: (line: string) => void,
): Routes {
  const config = textAt(routes, 'name')
  const stubbed = (value: JsonObject, what: string) =>
    withoutStubbed(value, stubs, () => note(`${what}: settings of stubbed filters removed`))
  const hosts = objectsAt(routes, 'virtual_hosts').map((host) => rewriteHost(host, stubs, note))
  const own = stubbed(routes, `route configuration ${config}`)
  return { ...own, ...(routes.virtual_hosts === undefined ? {} : { virtual_hosts: hosts }) } as Routes
}

function rewriteHost(host: JsonObject, stubs: Stubs, note: (line: string) => void): JsonObject {
  const say = (what: string) => note(`virtual host ${textAt(host, 'name')}: ${what}`)
  const counted = { mirrors: 0, settings: 0 }
  const changed = rewriteTree(host, stubs, counted) as JsonObject
  if (host.require_tls !== undefined && host.require_tls !== 'NONE')
    say(`require_tls ${wordOf(host.require_tls)} removed (clients of ours speak plain text)`)
  if (host.include_request_attempt_count !== true) {
    say('include_request_attempt_count -> true (attempts are counted in a header)')
  }
  if (counted.mirrors > 0)
    say(
      `copies of ${counted.mirrors} ${counted.mirrors === 1 ? 'mirror' : 'mirrors'} are marked by the header ${shadowHeader}`,
    )
  if (counted.settings > 0) say('settings of stubbed filters removed')
  return { ...without(changed, 'require_tls'), include_request_attempt_count: true }
}

/** Mirrors and settings of filters may stand in the host, in its routes, or in a matcher's actions. */
function rewriteTree(value: Json, stubs: Stubs, counted: { mirrors: number; settings: number }): Json {
  if (Array.isArray(value)) return value.map((item: Json) => rewriteTree(item, stubs, counted))
  if (!isObject(value)) return value
  const own = withoutStubbed(value, stubs, () => counted.settings++)
  return Object.fromEntries(
    Object.entries(own).map(([key, member]) => {
      if (key !== 'request_mirror_policies') return [key, rewriteTree(member, stubs, counted)]
      counted.mirrors += objectsAt(member).length
      return [key, objectsAt(member).map(markedMirror)]
    }),
  )
}

function markedMirror(mirror: JsonObject): JsonObject {
  const mark = {
    append: { header: { key: shadowHeader, value: '1' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
  }
  return { ...mirror, request_headers_mutations: [...objectsAt(mirror, 'request_headers_mutations'), mark] }
}

/** Settings for a filter that was taken out. */
function withoutStubbed(value: JsonObject, stubs: Stubs, onRemoved: () => void): JsonObject {
  const { typed_per_filter_config: settings } = value
  if (!isObject(settings)) return value
  const removed = Object.entries(settings).flatMap(([name, config]) => (isStubbed(name, config, stubs) ? [name] : []))
  if (removed.length === 0) return value
  onRemoved()
  return { ...value, typed_per_filter_config: without(settings, ...removed) }
}

function isStubbed(name: string, config: Json, stubs: Stubs): boolean {
  if (Object.hasOwn(stubs, name)) return true
  const folder = typeOf(config).replace(/\.\w+$/, '.')
  return Object.entries(needyFilters).some(
    ([type, needy]) => folder !== '' && type.startsWith(folder) && Object.hasOwn(stubs, needy.name),
  )
}
