// Progress while a run is going on. In a terminal one line that is drawn over itself; elsewhere a plain line whenever a
// scenario ends, so that a CI log stays readable. Every hook is optional to call; `finish` leaves the cursor on a fresh line.

import { createColors } from 'picocolors'
import { monotonicMs } from '../core/clock.ts'
import type { Verdict } from '../core/verdict.ts'
import { wantsColour } from './console.ts'
import { formatCount, verdictWords } from './format.ts'
import { oneLine } from './plain-text.ts'

const redrawMs = 100

export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface LiveProgress {
  scenarioStarted(name: string): void
  /** The verdict is absent when judging comes later. */
  scenarioFinished(name: string, verdict?: Verdict, summary?: string): void
  /** Whenever something moved; draws at most ten times a second. */
  tick(state: { readonly requests: number; readonly lines?: number }): void
  finish(): void
}

export function liveProgress(
  stream: ProgressStream,
  options: {
    readonly scenarios: number
    readonly env?: Readonly<Record<string, string | undefined>>
    readonly nowMs?: () => number
  },
): LiveProgress {
  const terminal = stream.isTTY === true
  const colors = createColors(wantsColour(stream, options.env ?? process.env))
  const nowMs = options.nowMs ?? monotonicMs
  const running = new Set<string>()
  let finished = 0
  let requests = 0
  let lines = 0
  let drawn = false
  let drawnMs = Number.NEGATIVE_INFINITY

  /** Requests of meshes, delivered lines of pipelines; of what there is none of nothing is said. */
  const amounts = (): string => {
    const told = [
      ...(requests > 0 || lines === 0 ? [`${formatCount(requests)} requests`] : []),
      ...(lines > 0 ? [`${formatCount(lines)} lines`] : []),
    ]
    return told.join(', ')
  }
  const clear = (): void => {
    if (drawn) stream.write('\r\u001b[2K')
    drawn = false
  }
  const draw = (): void => {
    if (!terminal) return
    const text = `[${finished}/${options.scenarios}] ${amounts()}  ${[...running].join(', ')}`
    clear()
    stream.write(colors.dim(clip(text, (stream.columns ?? 80) - 1)))
    drawn = true
    drawnMs = nowMs()
  }
  return {
    scenarioStarted(name) {
      running.add(oneLine(name, 60))
      draw()
    },
    scenarioFinished(name, verdict, summary) {
      running.delete(oneLine(name, 60))
      finished++
      clear()
      const word = verdict === undefined ? 'done' : `${verdictWords[verdict].sign} ${verdictWords[verdict].word}`
      const tail = summary === undefined ? '' : `  ${oneLine(summary, 200)}`
      stream.write(`[${finished}/${options.scenarios}] ${word}  ${oneLine(name, 60)}${tail}\n`)
      if (running.size > 0) draw()
    },
    tick(state) {
      requests = state.requests
      lines = state.lines ?? lines
      if (nowMs() - drawnMs >= redrawMs) draw()
    },
    finish: clear,
  }
}

function clip(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`
}
