// `shaketable run`: loads scenarios, provisions Envoy, shakes, judges and reports. The order of a run itself is in
// src/run/; this file wires real parts into it.

import { Command, InvalidArgumentError } from 'commander'
import { drawSeed } from '../core/random.ts'
import type { SetExitCode } from './exit-code.ts'
import { judgeRun, writeReports } from './finish-run.ts'
import { type OutputForm, outputOption, printResult } from './judge.ts'
import { shake } from './shake.ts'

export interface RunCommandOptions {
  readonly seed?: string
  readonly envoy?: string
  readonly grep?: string
  readonly dir: string
  readonly metrics?: number
  readonly shard?: string
  readonly output: OutputForm
}

export function runCommand(setExitCode: SetExitCode): Command {
  return new Command('run')
    .description('runs scenarios of meshes and log pipelines, and reports what became of every request and every line')
    .argument('[path...]', 'scenario files or folders; default: scenarios/')
    .option('--seed <seed>', 'arrivals, payloads and planned faults come from it; drawn and printed when absent')
    .option('--envoy <version|path>', 'another Envoy than the pinned one')
    .option('--grep <regex>', 'only scenarios whose name matches')
    .option('--dir <folder>', 'where run folders go', 'reports')
    .option('--metrics <port>', 'serve Prometheus metrics on this loopback port while running', portNumber)
    .option('--shard <i/n>', 'only the i-th of n parts of the scenarios')
    .addOption(outputOption())
    .action(async (paths: readonly string[], options: RunCommandOptions) => {
      const seed = options.seed ?? drawSeed()
      const outcome = await shake(paths, seed, options)
      const report = await judgeRun(outcome.runFolder)
      await writeReports(outcome.runFolder, report)
      setExitCode(report.exitCode)
      printResult(report, outcome.runFolder, options.output)
      // The result stands, whatever `latest` points to.
      await outcome.publish().catch((error: Error) => void process.stderr.write(`warning: ${error.message}\n`))
    })
}

function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('Expected a port from 0 (a free one) to 65535.')
}
