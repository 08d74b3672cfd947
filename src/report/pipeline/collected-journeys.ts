// What a report collects from made-up journeys of objects. For the tests of the collectors.

import type { NewEvent } from '../../core/history.ts'
import type { ScenarioReport } from '../../core/report-model.ts'
import type { PipelineReport } from '../../core/report-pipeline.ts'
import type { FaultRecord } from '../../core/scenario-record.ts'
import { numbered } from '../../core/synthetic-history.ts'
import {
  type SyntheticJourney,
  syntheticPipelineHeader,
  syntheticPipelineRun,
  syntheticPipelineScenario,
} from '../../core/synthetic-pipeline.ts'
import { collectScenarios } from '../collect.ts'

export type Collected = Omit<ScenarioReport, 'verdict' | 'expectations'> & { readonly pipeline: PipelineReport }

export function collectEvents(events: readonly NewEvent[], faults: readonly FaultRecord[] = []): Collected {
  const scenario = syntheticPipelineScenario({ faults })
  const collection = collectScenarios(syntheticPipelineHeader([scenario]), ({ name }) => `about ${name}`)
  for (const event of numbered(events)) collection.observe(event)
  const [data] = collection.finish()
  if (data?.pipeline === undefined) throw new Error('one pipeline went in')
  return { ...data, pipeline: data.pipeline }
}

export function collectJourneys(
  journeys: readonly SyntheticJourney[],
  others: readonly NewEvent[] = [],
  unsettled?: string,
): Collected {
  return collectEvents(syntheticPipelineRun(journeys, others, unsettled === undefined ? {} : { unsettled }))
}
