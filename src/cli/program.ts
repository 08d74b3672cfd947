// The command line: one file for each command, put together here.

import { Command } from 'commander'
import { packageVersion } from '../core/package-root.ts'
import { compileCommand } from './compile.ts'
import { doctorCommand } from './doctor.ts'
import type { SetExitCode } from './exit-code.ts'
import { judgeCommand } from './judge.ts'
import { runCommand } from './run.ts'
import { setupCommand } from './setup.ts'

export function buildProgram(setExitCode: SetExitCode): Command {
  const program = new Command('shaketable')
    .description('Shakes an Envoy service mesh: real parts, injected faults, checked from the recorded history.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'shaketable: ')) })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 pass, 1 fail, 2 inconclusive, 3 bad input or usage, 4 environment did not start, 70 our own bug.',
    )
  for (const command of [runCommand, judgeCommand, compileCommand, setupCommand, doctorCommand]) {
    program.addCommand(
      command(setExitCode).copyInheritedSettings(program).showHelpAfterError('(add --help for the options)'),
    )
  }
  return program
}
