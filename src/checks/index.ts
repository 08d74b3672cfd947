// All checks but the policy oracle, which has a folder of its own. A new check is one file, one test and one line here.

import type { CheckKind } from '../core/check.ts'
import { amplification } from './amplification.ts'
import { answers } from './answers.ts'
import { callers } from './callers.ts'
import { counters } from './counters.ts'
import { discovery } from './discovery.ts'
import { edge } from './edge/edge.ts'
import { failures } from './failures.ts'
import { faultRatio } from './fault-ratio.ts'
import { latency } from './latency.ts'
import { masked } from './masked.ts'
import { noSurpriseLogs } from './no-surprise-logs.ts'
import { recovery } from './recovery.ts'
import { shadow } from './shadow.ts'
import { split } from './split.ts'
import { success } from './success.ts'

export const checkKinds = [
  success,
  failures,
  latency,
  amplification,
  recovery,
  noSurpriseLogs,
  counters,
  faultRatio,
  masked,
  answers,
  discovery,
  edge,
  callers,
  split,
  shadow,
] as unknown as readonly CheckKind[]
