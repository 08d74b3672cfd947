// All fault kinds and checks that a scenario may name.

import { checkKinds } from '../checks/index.ts'
import { policy } from '../checks/policy/policy.ts'
import type { CheckKind } from '../core/check.ts'
import { faultKinds } from '../faults/index.ts'
import type { Registry } from '../scenario/registry.ts'

export const registry: Registry = {
  faults: faultKinds,
  checks: [policy as unknown as CheckKind, ...checkKinds],
}
