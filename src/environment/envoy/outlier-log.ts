// Follows Envoy's outlier event log, one JSON line for each ejection and return: the best evidence there is of both.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { NewEvent } from '../../core/history.ts'
import { lineSplitter } from './access-log.ts'

export interface OutlierLog {
  /** Reads what has come since the last call. */
  read(): Promise<void>
  close(): Promise<void>
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

export interface OutlierContext {
  readonly file: string
  /** Scenario and its own name for a cluster inside Envoy. */
  readonly clusterOf: (served: string) => { readonly scenario: string; readonly cluster: string } | undefined
  readonly toRunMs: (wallMs: number) => number
  readonly emit: (event: NewEvent) => void
}

const pollMs = 20

export function followOutlierLog(context: OutlierContext): OutlierLog {
  let offset = 0
  let reading: Promise<void> = Promise.resolve()
  const split = lineSplitter((line) => {
    const event = readOutlierLine(line, context)
    if (event !== undefined) context.emit(event)
  })
  const readNew = async () => {
    const size = await stat(context.file).then(
      (found) => found.size,
      () => 0,
    )
    if (size <= offset) return
    for await (const chunk of createReadStream(context.file, { start: offset, end: size - 1 })) split(chunk as Buffer)
    offset = size
  }
  const read = () => {
    reading = reading.then(readNew)
    return reading
  }
  const timer = setInterval(() => void read(), pollMs)
  return {
    read,
    async close() {
      clearInterval(timer)
      await read()
    },
  }
}

function readOutlierLine(text: string, context: OutlierContext): NewEvent | undefined {
  const line = JSON.parse(text) as OutlierLine
  const owner = context.clusterOf(line.cluster_name ?? '')
  if (owner === undefined) return undefined
  const ejected = line.action === 'EJECT' || line.action === undefined
  return {
    kind: ejected ? 'host-ejected' : 'host-returned',
    src: 'egress',
    atMs: context.toRunMs(Date.parse(line.timestamp ?? '')),
    ...owner,
    host: line.upstream_url ?? '',
    reason: ejected ? (line.type ?? '') : '',
    // Envoy leaves out what has its default value.
    enforced: line.enforced ?? false,
    ejections: line.num_ejections ?? 0,
  }
}
