// `shaketable pipeline limit LANE`: shows or sets how fast a lane may go: DELAY of its Dispatcher and the batch size of its
// mapping. What is not given stays. The same limits hold as for config.yml, which is not changed: the next deployment sets
// its values again.

import { Argument, Command, InvalidArgumentError } from 'commander'
import { InputError } from '../../core/errors.ts'
import type { LaneName } from '../../core/history.ts'
import { type LaneLimit, laneLimit, limitLane } from '../../environment/pipeline/operations.ts'
import { laneProblem } from '../../pipeline/config-rules.ts'
import { functionNameOf, laneNames } from '../../pipeline/function-roles.ts'
import type { SetExitCode } from '../exit-code.ts'
import { asked } from './asked.ts'
import { type FormOption, formOption, wholeNumber } from './options.ts'
import { openTarget, type Target, type TargetOptions, targetOptions } from './target.ts'

interface LimitOptions extends TargetOptions, FormOption {
  /** Seconds. */
  readonly delay?: number
  readonly batchSize?: number
}

/** The largest batch of a Kinesis mapping. */
const batchSizeMax = 10_000

export function limitCommand(_setExitCode: SetExitCode): Command {
  return targetOptions(new Command('limit'))
    .description('shows or sets how fast a lane may go; the config file stays as it is')
    .addArgument(new Argument('<lane>', 'which lane').choices(laneNames))
    .option('--delay <seconds>', 'how long its Dispatcher sleeps after each batch', seconds)
    .option('--batch-size <n>', 'records that its Dispatcher takes at once', wholeNumber(1, batchSizeMax))
    .addOption(formOption())
    .action(async (lane: LaneName, options: LimitOptions) => {
      using target = await openTarget(options)
      const name = functionNameOf(target.config.stackName, `dispatcher-${lane}`)
      const call = <Result>(work: () => Promise<Result>) => asked(target, `function "${name}"`, work)
      const before = await call(() => laneLimit(target.aws.lambda, target.config.stackName, lane))
      const wanted = wantedLimit(before, options)
      const isSame = wanted.delayMs === before.delayMs && wanted.batchSize === before.batchSize
      refuseTooSlow(lane, wanted, isSame)
      if (!isSame) await call(() => limitLane(target.aws.lambda, target.config.stackName, lane, changeOf(options)))
      process.stdout.write(
        options.output === 'json'
          ? `${JSON.stringify({ lane, before, now: wanted, declared: target.config.lanes[lane] }, undefined, 2)}\n`
          : asText(target, lane, before, wanted),
      )
    })
}

function wantedLimit(before: LaneLimit, { delay, batchSize }: LimitOptions): LaneLimit {
  return {
    delayMs: delay === undefined ? before.delayMs : Math.round(delay * 1000),
    batchSize: batchSize ?? before.batchSize,
  }
}

function changeOf({ delay, batchSize }: LimitOptions): Partial<LaneLimit> {
  return {
    ...(delay === undefined ? {} : { delayMs: Math.round(delay * 1000) }),
    ...(batchSize === undefined ? {} : { batchSize }),
  }
}

function refuseTooSlow(lane: LaneName, { delayMs, batchSize }: LaneLimit, isSame: boolean): void {
  const problem = isSame ? undefined : laneProblem({ delay: delayMs / 1000, batch_size: batchSize })
  if (problem !== undefined) throw new InputError(`limit ${lane}: ${problem.text}`)
}

function asText({ config, place }: Target, lane: LaneName, before: LaneLimit, now: LaneLimit): string {
  const changed = before.delayMs !== now.delayMs || before.batchSize !== now.batchSize
  const declared = config.lanes[lane]
  const isDeclared = declared.delayMs === now.delayMs && declared.batchSize === now.batchSize
  return [
    `lane ${lane} of ${config.stackName} at ${place}: ${limitText(now)}`,
    ...(changed ? [`  before: ${limitText(before)}`] : []),
    ...(isDeclared ? [] : [`  ${config.file} has ${limitText(declared)}; a deployment sets that again`]),
    '',
  ].join('\n')
}

/** The bound leaves out the time of dispatching itself, so the true one is below. */
function limitText({ delayMs, batchSize }: LaneLimit): string {
  const values = `delay ${delayMs / 1000} s, batch size ${batchSize}`
  if (delayMs === 0) return `${values}, no flow control`
  return `${values}, below ${Number(((batchSize * 1000) / delayMs).toPrecision(3))} objects a second per shard`
}

function seconds(text: string): number {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Expected seconds from 0, for instance 0.5 or 30.')
}
