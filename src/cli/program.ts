// The command line: one file for each command, put together here.

import { Command } from 'commander'
import { packageVersion } from '../core/package-root.ts'
import { compileCommand } from './compile.ts'
import { doctorCommand } from './doctor.ts'
import type { SetExitCode } from './exit-code.ts'
import { explainCommand } from './explain.ts'
import { initCommand } from './init.ts'
import { judgeCommand } from './judge.ts'
import { pipelineCommand } from './pipeline/index.ts'
import { runCommand } from './run.ts'
import { setupCommand } from './setup.ts'

const commands = [
  initCommand,
  runCommand,
  judgeCommand,
  explainCommand,
  compileCommand,
  pipelineCommand,
  setupCommand,
  doctorCommand,
]

export function buildProgram(setExitCode: SetExitCode): Command {
  const program = new Command('shaketable')
    .description(
      'Shakes Envoy meshes and log pipelines: real parts, injected faults, checked from the recorded history.',
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'shaketable: ')) })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 pass, 1 fail, 2 inconclusive, 3 bad input or usage, 4 environment did not start, 70 our own bug.',
    )
  for (const command of commands) program.addCommand(withSettingsOf(program, command(setExitCode)))
  return program
}

/** Commander hands its settings down only where a command is made by its parent. */
function withSettingsOf(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent).showHelpAfterError('(add --help for the options)')
  for (const inner of command.commands) withSettingsOf(command, inner)
  return command
}
