// What `pipeline local` and its thread say to each other.

import type { HandlerArgs } from '../../pipeline/handler.ts'

export interface LocalFile {
  readonly path: string
  readonly bytes: number
  readonly bucket: string
  readonly key: string
  readonly formats: readonly string[]
  readonly timestampMs: number
}

export interface LocalWorkerData {
  /** The handler as one CommonJS file. */
  readonly code: string
  readonly handlerPath: string
  readonly args: HandlerArgs
  readonly files: readonly LocalFile[]
  readonly badShownMax: number
  /** How far the file is, by `at`; shared, so that it can be read while the thread hangs. */
  readonly progress: Float64Array
}

/** From the thread: it is loaded; then a report for each file; then it has nothing more to say. */
export type LocalMessage = 'ready' | LocalReport | 'end'

/** Places in `progress`: index into `phases`, the last line given, lines given, records given, lines that are bad. */
export const at = { phase: 0, line: 1, lines: 2, records: 3, bad: 4 } as const

export const phases = ['start', 'setup', 'recv', 'result'] as const
export type Phase = (typeof phases)[number]

export interface BadLine {
  readonly line: number
  readonly reason: string
  /** Cut; absent where the line is no text. */
  readonly text?: string
}

export interface LocalFailure {
  /** Absent: not the handler, but the file itself. */
  readonly phase?: Phase
  /** The last line that the handler was given. */
  readonly line?: number
  readonly message: string
  readonly stack?: string
}

export interface LocalReport {
  readonly lines: number
  readonly records: number
  readonly bad: number
  readonly badShown: readonly BadLine[]
  /** JSON of what `result()` gave; absent where it gave nothing. */
  readonly result?: string
  readonly failure?: LocalFailure
}

export function countsSoFar(progress: Float64Array): Pick<LocalReport, 'lines' | 'records' | 'bad'> {
  const [, , given = 0, records = 0, bad = 0] = progress
  return { lines: given + bad, records, bad }
}
