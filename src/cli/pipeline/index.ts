// `shaketable pipeline`: what a person does to a deployed pipeline, and what a developer tries without one.

import { Command } from 'commander'
import type { SetExitCode } from '../exit-code.ts'
import { drainCommand } from './drain.ts'
import { errorCommand } from './error.ts'
import { errorsCommand } from './errors.ts'
import { limitCommand } from './limit.ts'
import { localCommand } from './local.ts'
import { sampleCommand } from './sample.ts'

export function pipelineCommand(setExitCode: SetExitCode): Command {
  const pipeline = new Command('pipeline').description("operates a log pipeline: what is parked, drains, lanes' limits")
  for (const command of [errorsCommand, errorCommand, drainCommand, limitCommand, localCommand, sampleCommand]) {
    pipeline.addCommand(command(setExitCode))
  }
  return pipeline
}
