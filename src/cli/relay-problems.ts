// What is wrong with a TCP fault that takes the config to see, before anything starts.

import { InputError } from '../core/errors.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'
import { faultKindOf } from '../scenario/registry.ts'
import { registry } from './registry.ts'

/** @throws InputError for a fault of HTTP/2 whose target speaks HTTP/1.1 */
export function refuseWrongProtocol({ file, faults }: MeshScenario, { clusters }: DeclaredPolicy): void {
  for (const { name, kind, target } of faults) {
    if (faultKindOf(registry, kind)?.needsHttp2 !== true) continue
    const protocol = clusters.find((cluster) => cluster.name === target)?.protocol
    if (protocol !== 'HTTP/1.1') continue
    const able = clusters.filter((cluster) => cluster.protocol === 'HTTP/2').map((cluster) => cluster.name)
    const hint = able.length === 0 ? 'no cluster here does' : `these do: ${able.join(', ')}`
    const expected = `expected a cluster that speaks HTTP/2, because of ${kind}`
    throw new InputError(`${file}: fault "${name}": ${expected}, found ${target}, which speaks HTTP/1.1; ${hint}`)
  }
}
