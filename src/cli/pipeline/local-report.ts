// What `pipeline local` found in each file, as text and as JSON.

import { handlerPlace } from '../../environment/pipeline/handler-check.ts'
import type { LocalFailure, LocalFile, LocalReport } from './local-worker-messages.ts'
import { counted, printable } from './parked-text.ts'

const textLettersMax = 120

export function localText(file: LocalFile, report: LocalReport, handlerPath: string): string {
  return `${[`${printable(file.path)} as ${file.formats.join(', ')}`, ...linesOf(file, report, handlerPath)].join('\n  ')}\n`
}

function linesOf({ formats }: LocalFile, report: LocalReport, handlerPath: string): readonly string[] {
  if (formats[0] === 'ignore') return ['nothing is read, as its format says']
  const { lines, records, bad, badShown, result, failure } = report
  const until = failure === undefined ? '' : ' until it failed'
  return [
    `${counted(lines, 'line')}: ${lines - bad} handed over as ${counted(records, 'record')}, ${bad} cannot be read${until}`,
    ...badShown.flatMap(({ line, reason, text }) => [
      `  line ${line}: ${printable(reason)}`,
      ...(text === undefined ? [] : [`    ${printable(text, textLettersMax)}`]),
    ]),
    ...(bad > badShown.length ? [`  and ${bad - badShown.length} more`] : []),
    ...(failure === undefined && bad > 0 ? [`the pipeline would park ${bad === 1 ? 'this line' : 'these lines'}`] : []),
    ...(result === undefined ? [] : [`result: ${printable(result)}`]),
    ...(failure === undefined ? [] : failureLines(failure, handlerPath)),
  ]
}

function failureLines(failure: LocalFailure, handlerPath: string): readonly string[] {
  const { phase, line, message, stack } = failure
  const consequence = 'the pipeline would try the whole object twice more, then park it'
  if (phase === undefined) return [`the file cannot be read: ${printable(message)}`, consequence]
  const where = phase === 'start' ? 'when it was made' : `in ${phase}`
  const at = line === undefined ? '' : phase === 'recv' ? `, line ${line}` : `, after line ${line}`
  const place = stack === undefined ? undefined : shownPlace(stack, handlerPath)
  return [
    `the handler failed ${where}${at}: ${printable(message)}`,
    ...(place === undefined ? [] : [`  at ${place}`]),
    consequence,
  ]
}

/** Undefined: it did not happen in the handler's own file. */
function shownPlace(stack: string, handlerPath: string): string | undefined {
  const place = handlerPlace(stack, handlerPath)
  return /:\d+$/.test(place) ? place : undefined
}

export function localJson(files: readonly LocalFile[], reports: readonly LocalReport[], handlerPath: string): string {
  const shown = files.map(({ path, bucket, key, formats }, index) => {
    const { failure, result, ...counts } = reports[index] ?? { lines: 0, records: 0, bad: 0, badShown: [] }
    return {
      file: path,
      bucket,
      key,
      formats,
      ...counts,
      ...(result === undefined ? {} : { result }),
      ...(failure === undefined ? {} : { failure: failureJson(failure, handlerPath) }),
    }
  })
  return `${JSON.stringify({ files: shown }, undefined, 2)}\n`
}

function failureJson({ stack, ...failure }: LocalFailure, handlerPath: string) {
  const place = stack === undefined ? undefined : shownPlace(stack, handlerPath)
  return { ...failure, ...(place === undefined ? {} : { place }) }
}
