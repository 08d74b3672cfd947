// What is wrong with a pipeline scenario in the light of its config: buckets that nobody routes, files that cannot be made or
// would not be read as they are meant, faults that aim at nothing, checks that need what the emulator does not hold to.

import type { PipelineScenario } from '../core/scenario-record.ts'
import { semanticProblem } from '../environment/emulator/semantics.ts'
import { targetProblem } from '../environment/pipeline/fault-decider.ts'
import { sinkVariable } from '../environment/pipeline/stack-template.ts'
import { contentProblem } from '../load/objects/content-problem.ts'
import { loadPipelineConfig, type PipelineConfig } from '../pipeline/config.ts'
import { checkVariables } from '../pipeline/config-variables.ts'
import { formatsOf, laneOf } from '../pipeline/routing.ts'
import type { Problem } from '../scenario/problem.ts'
import { checkKindOf, faultKindOf } from '../scenario/registry.ts'
import { registry } from './registry.ts'

/** @throws InputError for a config that is not right */
export async function pipelineProblems(record: PipelineScenario): Promise<readonly Problem[]> {
  const config = await loadPipelineConfig(record.pipeline.config)
  const because = 'deliveries are seen nowhere but there'
  await checkVariables(config, { known: [sinkVariable], needed: { name: sinkVariable, because } })
  return [
    ...record.pipeline.objects.flatMap((_, index) => objectsProblems(record, index, config)),
    ...samePrefixes(record),
    ...faultProblems(record),
    ...semanticProblems(record),
  ]
}

function objectsProblems({ pipeline }: PipelineScenario, index: number, config: PipelineConfig): readonly Problem[] {
  const objects = pipeline.objects[index]
  if (objects === undefined) return []
  const unmade = contentProblem(objects)
  if (unmade !== undefined) return [{ path: ['objects', index], text: unmade }]
  const { bucket, prefix, format } = objects
  const formats = formatsOf(config, bucket, prefix)
  // What is dropped is read by nobody.
  if (laneOf(config, bucket, prefix) === 'drop' || formats.at(-1) === format) return []
  const found = formats.length === 0 ? 'no format' : formats.join(', ')
  const text = `expected format ${format} in bucket_mapping of ${config.file} for ${bucket}/${prefix}, found ${found}`
  return [{ path: ['objects', index, 'format'], text }]
}

/** Two sources with one prefix would put the same keys. */
function samePrefixes({ pipeline: { objects } }: PipelineScenario): readonly Problem[] {
  const keys = objects.map(({ bucket, prefix, suffix }) => JSON.stringify([bucket, prefix, suffix]))
  return keys.flatMap((key, index) => {
    if (keys.indexOf(key) === index) return []
    return [{ path: ['objects', index, 'prefix'], text: 'expected a prefix of its own, found one used before' }]
  })
}

function faultProblems({ faults }: PipelineScenario): readonly Problem[] {
  return faults.flatMap(({ target, kind, host, config }, index) => {
    const known = faultKindOf(registry, kind)
    const problem = known === undefined ? undefined : targetProblem(target, known, config)
    const aimed = problem === undefined ? [] : [{ path: ['faults', index, 'target'], text: problem }]
    if (host === undefined) return aimed
    return [...aimed, { path: ['faults', index, 'host'], text: `expected no host in a pipeline, found ${host}` }]
  })
}

function semanticProblems({ expect }: PipelineScenario): readonly Problem[] {
  return expect.flatMap(({ check }, index) =>
    (checkKindOf(registry, check)?.needs ?? []).flatMap((id) => {
      const problem = semanticProblem(id)
      if (problem === undefined) return []
      return [
        { path: ['expect', index, check], text: `expected what the emulator can show, found ${check}: ${problem}` },
      ]
    }),
  )
}
