// All checks of pipelines. A new one is one file, one test and one line here.

import type { CheckKind } from '../../core/check.ts'
import { backlog } from './backlog.ts'
import { duplicates } from './duplicates.ts'
import { errorTable } from './error-table.ts'
import { everyFault } from './every-fault.ts'
import { fanOut } from './fan-out.ts'
import { flowControl } from './flow-control.ts'
import { freshness } from './freshness.ts'
import { invocations } from './invocations.ts'
import { laneIsolation } from './lane-isolation.ts'
import { nothingLost } from './nothing-lost.ts'
import { order } from './order.ts'
import { routing } from './routing.ts'
import { steady } from './steady.ts'
import { throughput } from './throughput.ts'
import { unlessLate } from './unless-late.ts'

export const pipelineChecks = [
  nothingLost,
  duplicates,
  order,
  unlessLate(freshness),
  unlessLate(throughput),
  unlessLate(backlog),
  // Not for late machines: a start is stamped before the function has the event, so lateness only widens the distances.
  flowControl,
  unlessLate(laneIsolation),
  errorTable,
  routing,
  fanOut,
  everyFault,
  invocations,
  steady,
] as unknown as readonly CheckKind[]
