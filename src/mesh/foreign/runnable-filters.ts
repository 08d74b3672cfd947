// A list of filters without those that were stubbed. One that needs a service which is not here is refused by name, and so
// is one that Envoy could not even make.

import type { JsonObject } from '../xds.ts'
import { at, contentOf, isObject, textAt, typeOf } from './json-tree.ts'
import { type NeedyFilter, needyFilters } from './needy-filters.ts'
import type { Trimming } from './runnable.ts'

export interface FilterPlace {
  readonly listener: string
  /** Pointers of the list: as it will be, and as it was read. */
  readonly to: string
  readonly from: string
  readonly trimming: Trimming
}

const faultType = 'envoy.extensions.filters.http.fault.v3.HTTPFault'

export function runnableFilters(filters: readonly JsonObject[], place: FilterPlace): readonly JsonObject[] {
  const { trimming, listener, to, from } = place
  const kept: JsonObject[] = []
  for (const [index, filter] of filters.entries()) {
    const pointer = `${from}/${index}`
    const name = textAt(filter, 'name')
    const needy = needyOf(filter)
    const stub = [name, needy?.name].find((one) => one !== undefined && Object.hasOwn(trimming.stubs, one))
    if (stub !== undefined) {
      trimming.note(
        `listener ${listener}: filter ${name} taken out (stub ${stub}: ${trimming.stubs[stub]}, as if it always agreed)`,
      )
      continue
    }
    if (needy !== undefined) refuseNeedy(filter, needy, pointer, place)
    else refuseUnmade(filter, pointer, place)
    if (typeOf(filter.typed_config) === faultType && isSet(contentOf(filter.typed_config))) {
      trimming.note(`fault filter in listener ${listener}: what it aborts is never retried`)
    }
    if (kept.length !== index) trimming.moved.push({ to: `${to}/${kept.length}`, from: pointer })
    kept.push(filter)
  }
  return kept
}

/** Through an ExtensionWithMatcher it sees what is inside. */
function needyOf(filter: JsonObject): NeedyFilter | undefined {
  const inner = at(filter, 'typed_config', 'extension_config', 'typed_config')
  const config = isObject(inner) ? inner : filter.typed_config
  const type = typeOf(config)
  const needy = Object.hasOwn(needyFilters, type) ? needyFilters[type] : undefined
  return needy?.when?.(contentOf(config)) === false ? undefined : needy
}

function refuseNeedy(filter: JsonObject, { name, needs }: NeedyFilter, pointer: string, place: FilterPlace): void {
  const called = textAt(filter, 'name') || name
  const remedy = `stub it in the scenario: mesh.stubs: { ${called}: allow } takes it out, as if it always agreed`
  place.trimming.refused.add(pointer, `filter ${called} of listener ${place.listener}`, `it needs ${needs}`, remedy)
}

function refuseUnmade(filter: JsonObject, pointer: string, { listener, trimming }: FilterPlace): void {
  const name = textAt(filter, 'name')
  const what = `filter ${name} of listener ${listener}`
  if (isObject(filter.config_discovery)) {
    const remedy = 'write its typed_config, or stub it in mesh.stubs'
    trimming.refused.add(`${pointer}/config_discovery`, what, 'a control plane brings its settings', remedy)
  } else if (!isObject(filter.typed_config) || typeOf(filter.typed_config) === '') {
    const remedy = `give it typed_config with the "@type" of its settings${typeHint(name)}`
    trimming.refused.add(pointer, what, 'it has no typed_config, without which Envoy does not start', remedy)
  } else if (/\.v2(alpha\w*)?\.\w+$/.test(typeOf(filter.typed_config))) {
    trimming.refused.add(pointer, what, 'its type is of API v2, which Envoy has no more', 'write it for v3')
  }
}

/** By its well-known name most filters' type can be told. */
function typeHint(name: string): string {
  const known: Readonly<Record<string, string>> = {
    'envoy.filters.http.router': 'envoy.extensions.filters.http.router.v3.Router',
    'envoy.router': 'envoy.extensions.filters.http.router.v3.Router',
    'envoy.filters.http.cors': 'envoy.extensions.filters.http.cors.v3.Cors',
    'envoy.filters.http.grpc_web': 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb',
    'envoy.filters.http.health_check': 'envoy.extensions.filters.http.health_check.v3.HealthCheck',
    'envoy.filters.http.fault': faultType,
  }
  return Object.hasOwn(known, name) ? `: type.googleapis.com/${known[name]}` : ''
}

export function isSet(fault: JsonObject): boolean {
  return fault.abort !== undefined || fault.delay !== undefined || fault.response_rate_limit !== undefined
}
