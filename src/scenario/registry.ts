// The fault and check kinds that scenarios may use. cli/ fills it, so that scenario/ knows their names and schemas
// without importing a single one of them.

import type { CheckKind } from '../core/check.ts'
import type { FaultKind } from '../core/fault.ts'

export interface Registry {
  readonly faults: readonly FaultKind[]
  readonly checks: readonly CheckKind[]
}

export function faultKindOf(registry: Registry, name: string): FaultKind | undefined {
  return registry.faults.find((kind) => kind.name === name)
}

export function checkKindOf(registry: Registry, name: string): CheckKind | undefined {
  return registry.checks.find((kind) => kind.name === name)
}
