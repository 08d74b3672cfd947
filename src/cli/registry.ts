// All fault kinds and checks that a scenario may name.

import { checkKinds } from '../checks/index.ts'
import { pipelineChecks } from '../checks/pipeline/index.ts'
import { policy } from '../checks/policy/policy.ts'
import type { CheckKind } from '../core/check.ts'
import { faultKinds } from '../faults/index.ts'
import type { Registry } from '../scenario/registry.ts'

const ofPipelines = (kind: CheckKind): CheckKind => ({ judges: 'pipeline', ...kind })

export const registry: Registry = {
  faults: faultKinds,
  checks: [policy as unknown as CheckKind, ...checkKinds, ...pipelineChecks.map(ofPipelines)],
}
