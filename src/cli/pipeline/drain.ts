// `shaketable pipeline drain`: has the stack's own Drain put parked items back into their lanes. Chosen ids are all looked up
// first: when one is not there, nothing is drained. The function is called once and never again by itself.

import { Command } from 'commander'
import { exitCodes, InputError } from '../../core/errors.ts'
import { type DrainResult, drain } from '../../environment/pipeline/operations.ts'
import { functionNameOf } from '../../pipeline/function-roles.ts'
import type { SetExitCode } from '../exit-code.ts'
import { asked } from './asked.ts'
import { noSuchItems } from './error.ts'
import { type FormOption, formOption } from './options.ts'
import { type ParkedTask, parkedTasks, tasksById } from './parked-tasks.ts'
import { counted } from './parked-text.ts'
import { openTarget, patientClients, type Target, type TargetOptions, targetOptions } from './target.ts'

interface DrainOptions extends TargetOptions, FormOption {
  readonly all?: boolean
  readonly dryRun?: boolean
}

/** Longer than the function itself may take. */
const drainTimeoutMs = 330_000

export function drainCommand(setExitCode: SetExitCode): Command {
  return targetOptions(new Command('drain'))
    .description('puts parked items back into the lanes that they came from')
    .argument('[id...]', 'request ids, as `errors` lists them')
    .option('--all', 'everything that is parked')
    .option('--dry-run', 'only say what would be drained')
    .addOption(formOption())
    .action(async (given: readonly string[], options: DrainOptions) => {
      const ids = chosenIds(given, options)
      using target = await openTarget(options)
      const plan = await planOf(target, ids)
      if (options.output === 'text') process.stdout.write(planText(target, plan))
      const isIdle = plan.items === 0 || options.dryRun === true
      const result = isIdle ? undefined : await drainNow(target, options, ids)
      process.stdout.write(options.output === 'json' ? asJson(plan, result) : resultText(result))
      // What stayed is nothing lost, but not what was asked for either.
      if (result !== undefined && (result.failed > 0 || result.unfinished)) setExitCode(exitCodes.fail)
    })
}

/** Undefined: all. @throws InputError */
function chosenIds(given: readonly string[], { all }: DrainOptions): readonly string[] | undefined {
  if (given.length === 0 && all !== true) {
    throw new InputError('drain: expected request ids, or --all for everything that is parked; found neither')
  }
  if (given.length > 0 && all === true) throw new InputError('drain: expected request ids or --all, found both')
  return given.length === 0 ? undefined : [...new Set(given)]
}

interface DrainPlan {
  readonly items: number
  readonly records: Readonly<Record<'fast' | 'slow', number>>
  /** Items without an event record, which stay. */
  readonly staying: number
}

async function planOf(target: Target, ids: readonly string[] | undefined): Promise<DrainPlan> {
  const plan = { items: 0, records: { fast: 0, slow: 0 }, staying: 0 }
  const add = ({ records }: ParkedTask) => {
    plan.items++
    if (records.length === 0) plan.staying++
    for (const { dest_stream } of records) plan.records[dest_stream]++
  }
  if (ids === undefined) {
    for await (const task of parkedTasks(target)) add(task)
    return plan
  }
  const tasks = await tasksById(target, ids)
  const missing = ids.filter((_id, index) => tasks[index] === undefined)
  if (missing.length > 0) throw noSuchItems(target, missing)
  for (const task of tasks) if (task !== undefined) add(task)
  return plan
}

async function drainNow(
  target: Target,
  options: TargetOptions,
  ids: readonly string[] | undefined,
): Promise<DrainResult> {
  const name = functionNameOf(target.config.stackName, 'drain')
  const clients = patientClients(options, drainTimeoutMs)
  try {
    return await asked(target, `function "${name}"`, () => drain(clients.lambda, target.config.stackName, ids))
  } finally {
    clients.destroy()
  }
}

function planText({ names, place }: Target, { items, records, staying }: DrainPlan): string {
  if (items === 0) return `nothing to drain: table ${names.table} at ${place} is empty\n`
  const lanes = (['fast', 'slow'] as const).flatMap((lane) =>
    records[lane] === 0 ? [] : [`${counted(records[lane], 'event record')} into the ${lane} lane`],
  )
  const stay = staying === 0 ? '' : `; ${counted(staying, 'item')} without an event record will stay`
  const puts = lanes.length === 0 ? 'nothing to put' : lanes.join(', ')
  return `to drain: ${counted(items, 'item')} of table ${names.table} at ${place}: ${puts}${stay}\n`
}

function resultText(result: DrainResult | undefined): string {
  if (result === undefined) return ''
  const { drained, records, failed, unfinished } = result
  const stayed =
    failed === 0
      ? ''
      : `, ${counted(failed, 'item')} stayed in the table; the log of the function says why, and draining again does no harm`
  const time = unfinished ? '\nits time was up before it came to the end: drain again for the rest' : ''
  return `drained: ${counted(drained, 'item')}, ${counted(records, 'event record')} put${stayed}${time}\n`
}

function asJson(plan: DrainPlan, result: DrainResult | undefined): string {
  return `${JSON.stringify({ plan, ...(result === undefined ? {} : { result }) }, undefined, 2)}\n`
}
