// Runs one check over events in memory, the way the judge does: for tests.

import type { CheckContext, CheckKind } from '../core/check.ts'
import type { NewEvent } from '../core/history.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { numbered, syntheticHeader, syntheticScenario } from '../core/synthetic-history.ts'
import type { Conclusion } from '../core/verdict.ts'

export function runCheck<Config>(
  kind: CheckKind<Config>,
  config: unknown,
  events: readonly NewEvent[],
  scenario: MeshScenario = syntheticScenario(),
): Conclusion {
  const context: CheckContext = { header: syntheticHeader([scenario]), scenario }
  const check = kind.start(kind.schema.parse(config), context)
  for (const event of numbered(events)) check.observe(event)
  return check.conclude()
}
