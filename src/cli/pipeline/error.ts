// `shaketable pipeline error ID`: one parked item in full, and what a drain would do with it.

import { Command } from 'commander'
import { wallMs } from '../../core/clock.ts'
import { InputError } from '../../core/errors.ts'
import type { SetExitCode } from '../exit-code.ts'
import { type FormOption, formOption } from './options.ts'
import { type ParkedTask, tableOf, tasksById } from './parked-tasks.ts'
import { ageText, counted, errorText, linesText, printable, recordText } from './parked-text.ts'
import { openTarget, type Target, type TargetOptions, targetOptions } from './target.ts'

export function errorCommand(_setExitCode: SetExitCode): Command {
  return targetOptions(new Command('error'))
    .description('shows one parked item in full, and what a drain would do with it')
    .argument('<id>', 'request id, as `errors` lists it')
    .addOption(formOption())
    .action(async (id: string, options: TargetOptions & FormOption) => {
      using target = await openTarget(options)
      const [task] = await tasksById(target, [id])
      if (task === undefined) throw noSuchItems(target, [id])
      process.stdout.write(options.output === 'json' ? asJson(task) : asText(target, task))
    })
}

export function noSuchItems(target: Target, ids: readonly string[]): InputError {
  const names = ids.map((id) => JSON.stringify(id)).join(', ')
  return new InputError(
    `${tableOf(target)} at ${target.place}: expected ${counted(ids.length, 'item')} ${names}, found no such; ` +
      'it may have been drained already, `shaketable pipeline errors` lists what is there',
  )
}

function asText(target: Target, task: ParkedTask): string {
  const age = ageText(task.parkedAt, wallMs())
  return [
    `request id  ${printable(task.requestId)}`,
    `parked      ${task.parkedAt === '' ? 'no time given' : `${printable(task.parkedAt)} (${age} ago)`}`,
    `error       ${errorText(task)}`,
    '',
    ...task.records.flatMap(recordLines),
    drainText(target, task),
    ...(task.body === undefined ? [] : ['', 'what it holds:', printable(task.body)]),
    '',
  ].join('\n')
}

function recordLines(record: ParkedTask['records'][number], index: number): readonly string[] {
  const lines = record.lines === undefined ? 'all lines' : linesText(record.lines)
  return [
    `event record ${index + 1}: ${recordText({ ...record, lines: [] }).replace(/, lines none$/, '')}`,
    `    ${lines}; lane ${record.dest_stream}`,
    `    ${record.object_size} bytes, etag ${printable(record.object_etag) || 'none'}`,
    `    ${printable(record.event_name) || 'no event name'} at ${printable(record.event_time) || 'no time'}` +
      `${record.aws_region === '' ? '' : ` in ${printable(record.aws_region)}`}`,
    '',
  ]
}

function drainText({ names }: Target, { records, requestId }: ParkedTask): string {
  if (records.length === 0) return 'a drain can do nothing with it, because it holds no event record: it stays'
  const lanes = (['fast', 'slow'] as const).flatMap((lane) => {
    const count = records.filter(({ dest_stream }) => dest_stream === lane).length
    return count === 0 ? [] : [`${counted(count, 'event record')} back into the ${lane} lane (${names.streams[lane]})`]
  })
  return (
    `a drain puts ${lanes.join(' and ')}, then removes the item:\n` +
    `    shaketable pipeline drain ${JSON.stringify(requestId)}`
  )
}

function asJson({ records, ...task }: ParkedTask): string {
  return `${JSON.stringify({ ...task, drainable: records.length > 0, records }, undefined, 2)}\n`
}
