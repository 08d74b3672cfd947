// `shaketable pipeline errors`: what is parked, newest first. The whole table is read by pages; only the newest are kept.

import { Command } from 'commander'
import { wallMs } from '../../core/clock.ts'
import { objectOf } from '../../pipeline/event-record.ts'
import type { SetExitCode } from '../exit-code.ts'
import { type FormOption, formOption, wholeNumber } from './options.ts'
import { type ParkedTask, parkedTasks } from './parked-tasks.ts'
import { ageText, counted, errorText, printable, recordText } from './parked-text.ts'
import { openTarget, type Target, type TargetOptions, targetOptions } from './target.ts'

interface ErrorsOptions extends TargetOptions, FormOption {
  readonly limit: number
}

const limitDefault = 50
const messageLettersMax = 160
const objectsShownMax = 5

export function errorsCommand(_setExitCode: SetExitCode): Command {
  return targetOptions(new Command('errors'))
    .description('lists what is parked in the error table, newest first')
    .option('--limit <n>', 'at most so many items', wholeNumber(1, 10_000), limitDefault)
    .addOption(formOption())
    .action(async (options: ErrorsOptions) => {
      using target = await openTarget(options)
      const { parked, newest } = await newestTasks(target, options.limit)
      process.stdout.write(options.output === 'json' ? asJson(target, parked, newest) : asText(target, parked, newest))
    })
}

interface Newest {
  /** All of the table. */
  readonly parked: number
  readonly newest: readonly ParkedTask[]
}

async function newestTasks(target: Target, limit: number): Promise<Newest> {
  let kept: ParkedTask[] = []
  let parked = 0
  for await (const task of parkedTasks(target)) {
    parked++
    kept.push(task)
    // Twice the limit is the most that is ever held, however large the table is.
    if (kept.length >= 2 * limit) kept = newestOf(kept, limit)
  }
  return { parked, newest: newestOf(kept, limit) }
}

function newestOf(tasks: readonly ParkedTask[], limit: number): ParkedTask[] {
  const order = (left: ParkedTask, right: ParkedTask) =>
    compare(right.parkedAt, left.parkedAt) || compare(left.requestId, right.requestId)
  return tasks.toSorted(order).slice(0, limit)
}

function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function asText({ names, place }: Target, parked: number, newest: readonly ParkedTask[]): string {
  const table = `table ${names.table} at ${place}`
  if (parked === 0) return `nothing is parked: ${table} is empty\n`
  const nowMs = wallMs()
  const left = parked - newest.length
  const lines = newest.flatMap((task) => [
    `${printable(task.requestId)}  ${task.parkedAt === '' ? 'no time' : printable(task.parkedAt)} (${ageText(task.parkedAt, nowMs)})`,
    `    ${errorText(task, messageLettersMax)}`,
    ...objectLines(task).map((line) => `    ${line}`),
  ])
  return [
    `${counted(parked, 'item')} parked in ${table}, newest first`,
    '',
    ...lines,
    ...(left > 0 ? ['', `and ${left} more; --limit ${Math.min(parked, 10_000)} shows more of them`] : []),
    '',
  ].join('\n')
}

function objectLines({ records }: ParkedTask): readonly string[] {
  if (records.length === 0) return ['no event record in it: a drain cannot put it back']
  const shown = records.slice(0, objectsShownMax).map((record) => `${recordText(record)} -> ${record.dest_stream}`)
  return records.length > objectsShownMax ? [...shown, `and ${records.length - objectsShownMax} more objects`] : shown
}

function asJson({ names, place }: Target, parked: number, newest: readonly ParkedTask[]): string {
  const items = newest.map(({ records, body: _whole, ...task }) => ({
    ...task,
    objects: records.map((record) => ({
      object: objectOf(record),
      lane: record.dest_stream,
      ...(record.lines === undefined ? {} : { lines: record.lines }),
    })),
  }))
  return `${JSON.stringify({ table: names.table, place, parked, items }, undefined, 2)}\n`
}
