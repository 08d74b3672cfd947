// `shaketable run`: loads scenarios, provisions Envoy, shakes, judges and reports. The order of a run itself is in
// src/run/; this file wires real parts into it.

import { Command, InvalidArgumentError } from 'commander'
import { drawSeed } from '../core/random.ts'
import { compared, earlierRun } from './compare-runs.ts'
import type { SetExitCode } from './exit-code.ts'
import { judgeRun, writeReports } from './finish-run.ts'
import { type OutputForm, outputOption, printResult } from './judge.ts'
import { lastFailed } from './last-failed.ts'
import { startLive } from './live.ts'
import { shake } from './shake.ts'
import { watch } from './watch/watch.ts'

export interface RunCommandOptions {
  readonly seed?: string
  readonly envoy?: string
  readonly grep?: string
  readonly dir: string
  readonly metrics?: number
  readonly shard?: string
  readonly lastFailed?: boolean
  readonly output: OutputForm
  readonly compare?: string
  readonly watch?: boolean
  readonly open?: boolean
  readonly live?: number
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
    .option('--last-failed', 'only scenarios that failed or were inconclusive in the last run, DIR/latest')
    .option('--compare <run-folder|none>', 'the run to compare with; default: the one before, where latest points to')
    .option('--open', 'show the run while it goes on, in a browser')
    .option('--live <port>', 'serve the page of --open on this loopback port, without a browser', portNumber)
    .option('--watch', 'run again whatever a saved file concerns, in an environment that stays warm, until Ctrl-C')
    .addOption(outputOption())
    .action(async (paths: readonly string[], options: RunCommandOptions) => {
      const seed = options.seed ?? drawSeed()
      const only = options.lastFailed === true ? { only: await lastFailed(options.dir) } : {}
      await using live = await startLive(options)
      const watchers = live === undefined ? [] : [live]
      if (options.watch === true) {
        return watch(paths, seed, {
          ...options,
          ...only,
          watchers,
          finished: async (report, folder) => live?.finished(report, folder, true),
        })
      }
      const earlier = await earlierRun(options.dir, options.compare)
      const outcome = await shake(paths, seed, { ...options, ...only, watchers })
      const report = await compared(await judgeRun(outcome.runFolder), outcome.runFolder, earlier)
      await writeReports(outcome.runFolder, report)
      setExitCode(report.exitCode)
      printResult(report, outcome.runFolder, options.output)
      // The result stands, whatever `latest` points to.
      await outcome.publish().catch((error: Error) => void process.stderr.write(`warning: ${error.message}\n`))
      await live?.finished(report, outcome.runFolder, false)
    })
}

function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('Expected a port from 0 (a free one) to 65535.')
}
