// Follows Envoy's outlier event log, one JSON line for each ejection and return: the best evidence there is of both.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { NewEvent } from '../../core/history.ts'
import { lineSplitter } from './line-splitter.ts'

export interface OutlierLog {
  /** Reads what has come since the last call. */
  read(): Promise<void>
  /** Reads what is left and ends. */
  close(): Promise<void>
}

export interface OutlierContext {
  readonly file: string
  /** Scenario and its own name for a cluster inside Envoy. */
  readonly clusterOf: (served: string) => { readonly scenario: string; readonly cluster: string } | undefined
  readonly toRunMs: (wallMs: number) => number
  readonly emit: (event: NewEvent) => void
  /** A line that could not be read, or the reason why the file could not. */
  readonly onProblem: (text: string) => void
}

interface OutlierLine {
  readonly type?: string
  readonly cluster_name?: string
  readonly upstream_url?: string
  readonly action?: string
  readonly num_ejections?: number
  readonly enforced?: boolean
  readonly timestamp?: string
}

const pollMs = 20

export function followOutlierLog(context: OutlierContext): OutlierLog {
  let offset = 0
  let reading: Promise<void> = Promise.resolve()
  const split = lineSplitter((line) => {
    const event = tryToRead(line, context)
    if (event !== undefined) context.emit(event)
  })
  const readNew = async () => {
    const size = await sizeOf(context.file)
    if (size <= offset) return
    for await (const chunk of createReadStream(context.file, { start: offset, end: size - 1 })) {
      offset += (chunk as Buffer).length
      split(chunk as Buffer)
    }
  }
  const read = () => {
    reading = reading
      .then(readNew)
      .catch((error: Error) => context.onProblem(`cannot read the outlier log: ${error.message}`))
    return reading
  }
  let due = true
  const timer = setInterval(() => {
    if (!due) return
    due = false
    void read().then(() => {
      due = true
    })
  }, pollMs)
  return {
    read,
    async close() {
      clearInterval(timer)
      await read()
    },
  }
}

/** Envoy makes the file when it starts. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

function tryToRead(line: string, context: OutlierContext): NewEvent | undefined {
  try {
    return readOutlierLine(line, context)
  } catch (error) {
    context.onProblem(`${(error as Error).message}: ${line.slice(0, 500)}`)
  }
}

/** `undefined` for a cluster that is none of ours. @throws SyntaxError */
export function readOutlierLine(
  text: string,
  { clusterOf, toRunMs }: Pick<OutlierContext, 'clusterOf' | 'toRunMs'>,
): NewEvent | undefined {
  const line = JSON.parse(text) as OutlierLine
  const wallMs = Date.parse(line.timestamp ?? '')
  if (!Number.isFinite(wallMs)) throw new SyntaxError('an outlier event with its time expected')
  const owner = clusterOf(line.cluster_name ?? '')
  if (owner === undefined) return undefined
  // Envoy leaves out what has its default value.
  const ejected = (line.action ?? 'EJECT') === 'EJECT'
  return {
    kind: ejected ? 'host-ejected' : 'host-returned',
    src: 'egress',
    atMs: toRunMs(wallMs),
    ...owner,
    host: line.upstream_url ?? '',
    reason: ejected ? (line.type ?? 'CONSECUTIVE_5XX') : '',
    enforced: line.enforced ?? false,
    ejections: line.num_ejections ?? 0,
  }
}
