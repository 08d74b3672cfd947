// `shaketable doctor`: says what this machine can do, and what to do about what it cannot. Exit 4 when a run would not start.

import { Command, Option } from 'commander'
import { exitCodes } from '../core/errors.ts'
import { type DoctorReport, examineMachine, type Health } from '../environment/tools/doctor.ts'
import type { SetExitCode } from './exit-code.ts'
import { measureHonestMaximum } from './honest-maximum.ts'

const words: Readonly<Record<Health, string>> = { ok: 'ok  ', warn: 'warn', bad: 'BAD ' }

export function doctorCommand(setExitCode: SetExitCode): Command {
  return new Command('doctor')
    .description('says what this machine can do for a run, and measures its honest maximum')
    .option('--quick', 'do not measure the honest maximum (about 10 s)')
    .addOption(
      new Option('-o, --output <form>', 'form of the result on stdout').choices(['text', 'json']).default('text'),
    )
    .action(async ({ quick, output }: { quick?: boolean; output: string }) => {
      const report = await examineMachine(quick ? {} : { measureHonestMaximum })
      process.stdout.write(output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : asText(report))
      setExitCode(report.health === 'bad' ? exitCodes.environment : exitCodes.pass)
    })
}

function asText({ items }: DoctorReport): string {
  const width = Math.max(...items.map(({ name }) => name.length))
  const lines = items.map(({ name, health, found, remedy }) => {
    const advice = remedy === undefined ? '' : `\n      ${' '.repeat(width)}${remedy}`
    return `${words[health]}  ${name.padEnd(width)}  ${found}${advice}`
  })
  return `${lines.join('\n')}\n`
}
