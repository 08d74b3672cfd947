// The template of one scenario's stack as it is deployed here, and a rehearsal of making it: whatever is wrong with config
// or handler is known before anything is started. Nothing here talks to an emulator.

import { expandArgs, type PipelineConfig } from '../../pipeline/config.ts'
import { type FunctionRole, functionRoles } from '../../pipeline/function-roles.ts'
import { type CloudFormationTemplate, compileTemplate } from '../../pipeline/template.ts'
import { adaptConfig } from './adapt-config.ts'
import { bundleFunctions, type FunctionZips } from './bundle.ts'
import { codeKeyOf } from './deploy-stack.ts'
import type { PreparedPipeline } from './deployed-pipeline.ts'

/** What a config's handler may name in its arguments: where its downstream is. */
export const sinkVariable = 'SINK_URL'

export function codeBucketOf(key: string): string {
  return `code-${key}`
}

/**
 * `adapted`: the config with this scenario's names.
 * @throws InputError where an argument has no value, or a function's environment would be too large
 */
export function stackTemplate(
  { record, key, mutateTemplate }: PreparedPipeline,
  adapted: PipelineConfig,
  sinkUrl: string,
): CloudFormationTemplate {
  const keys = Object.fromEntries(functionRoles.map((role) => [role, codeKeyOf(role)])) as Record<FunctionRole, string>
  const template = compileTemplate(adapted, {
    stackName: adapted.stackName,
    shards: record.pipeline.shards,
    // Nobody looks at a dashboard here, and LocalStack cannot draw one.
    monitoring: false,
    code: { bucket: codeBucketOf(key), keys },
    handlerArgs: expandArgs(adapted.handler.args, { [sinkVariable]: `${sinkUrl}/${key}` }),
  })
  return mutateTemplate?.(template) ?? template
}

export function bundlesOf({ config, bundle }: PreparedPipeline): Promise<FunctionZips> {
  return bundleFunctions({ handlerPath: config.handler.path, ...bundle })
}

/** @throws InputError for what a deployment would stumble over, a handler that does not load included */
export async function rehearse(prepared: PreparedPipeline): Promise<void> {
  const { config } = adaptConfig(prepared.config, prepared.key, [])
  // As long as a real one can be.
  stackTemplate(prepared, config, 'http://127.0.0.1:65535/sink')
  await bundlesOf(prepared)
}
