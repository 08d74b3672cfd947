// How histories of older formats become readable: one migration for each step from a format to the next, applied line by
// line while reading. Only format 1 exists, so the registry is empty; newer formats are refused, never guessed at.

import { formatPlace, InputError } from './errors.ts'
import { historyFormat } from './history.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

/** One step: what format N wrote, as format N + 1 would have written it. */
export interface Migration {
  header(header: JsonRecord): JsonRecord
  /** An event may become several, or none. */
  event(event: JsonRecord): readonly JsonRecord[]
}

/** Format number to the step that leads from it to the next. */
export type Migrations = ReadonlyMap<number, Migration>

const migrations: Migrations = new Map()

/** The steps from the format that a header claims to the current one, as one migration. */
export function migrationFrom(format: unknown, file: string, known: Migrations = migrations): Migration {
  const place = formatPlace({ file, line: 1 })
  if (typeof format !== 'number' || !Number.isSafeInteger(format)) {
    throw new InputError(
      `${place}: a history's first line has a "format" number, ${JSON.stringify(format) ?? 'nothing'} seen\n` +
        '  hint: give the history.ndjson of a run folder',
    )
  }
  if (format > historyFormat) {
    throw new InputError(
      `${place}: history format ${format} found, this version reads up to format ${historyFormat}\n` +
        '  hint: judge it with the version of shaketable that wrote it ("versions" in the first line), or a newer one',
    )
  }
  const steps: Migration[] = []
  for (let from = format; from < historyFormat; from++) {
    const step = known.get(from)
    if (step === undefined) {
      throw new InputError(
        `${place}: history format ${format} found, this version reads format ${historyFormat} and knows no way from ${from} to ${from + 1}\n` +
          '  hint: judge it with the version of shaketable that wrote it ("versions" in the first line)',
      )
    }
    steps.push(step)
  }
  return chain(steps)
}

function chain(steps: readonly Migration[]): Migration {
  return {
    header: (header) => steps.reduce((current, step) => step.header(current), header),
    event: (event) =>
      steps.reduce<readonly JsonRecord[]>((current, step) => current.flatMap((one) => step.event(one)), [event]),
  }
}
