// A fault or a check that exists, but not for such a scenario: a mesh's in a pipeline, or the other way round. "Unknown key"
// would send a person looking for a slip of the pen.

import type { Path } from './problem.ts'
import { checkKindOf, faultKindOf, type Registry } from './registry.ts'
import { actsIn, judges, type ScenarioSort } from './schema-parts.ts'

const otherOf = { mesh: 'pipeline', pipeline: 'mesh' } as const
const manyOf = { mesh: 'meshes', pipeline: 'pipelines' } as const

/** `expected ..., found ...; ...` for a key that is known in the other sort of scenario; undefined for any other. */
export function knownElsewhere(registry: Registry, sort: ScenarioSort, path: Path, key: string): string | undefined {
  const other = otherOf[sort]
  const at = path.join('.')
  const fault = /^faults\.\d+$/.test(at) ? faultKindOf(registry, key) : undefined
  if (fault !== undefined && actsIn(fault, other)) {
    const able = registry.faults.filter((kind) => actsIn(kind, sort))
    return `expected a fault for ${manyOf[sort]}, found ${key}, which acts on ${manyOf[other]} only; ${named(able)}`
  }
  const check = /^expect\.\d+$/.test(at) ? checkKindOf(registry, key) : undefined
  if (check === undefined || !judges(check, other)) return undefined
  const able = registry.checks.filter((kind) => judges(kind, sort))
  return `expected a check of ${manyOf[sort]}, found ${key}, which judges ${manyOf[other]} only; ${named(able)}`
}

function named(kinds: readonly { readonly name: string }[]): string {
  return `known: ${kinds.map(({ name }) => name).join(', ')}`
}
