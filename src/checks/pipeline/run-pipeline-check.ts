// Runs one check of pipelines over events in memory, the way the judge does: for tests.

import type { CheckContext, CheckKind } from '../../core/check.ts'
import type { NewEvent } from '../../core/history.ts'
import type { PipelineScenario } from '../../core/scenario-record.ts'
import { numbered } from '../../core/synthetic-history.ts'
import { syntheticPipelineHeader, syntheticPipelineScenario } from '../../core/synthetic-pipeline.ts'
import type { Conclusion } from '../../core/verdict.ts'

export function runPipelineCheck<Config>(
  kind: CheckKind<Config>,
  config: unknown,
  events: readonly NewEvent[],
  options: { readonly scenario?: PipelineScenario; readonly declared?: unknown } = {},
): Conclusion {
  const { scenario = syntheticPipelineScenario(), declared } = options
  const context: CheckContext = { header: syntheticPipelineHeader([scenario], declared), scenario }
  const check = kind.start(kind.schema.parse(config), context)
  for (const event of numbered(events)) check.observe(event)
  return check.conclude()
}

/** Something that happens long after all else, so that nothing counts as "about to be" at the end. */
export function muchLater(atMs = 30_000): NewEvent {
  return { kind: 'operator-acted', src: 'runner', scenario: 'synthetic', atMs, action: 'look', detail: '' }
}
