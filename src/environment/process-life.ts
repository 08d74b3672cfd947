// What a process's life looks like from outside, for the history: its start, its end and whether that was asked for. Of one
// that ended unasked the last words are told, too.

import type { NewEvent } from '../core/history.ts'
import type { ProcessEnd, StartedProcess } from './process/started-process.ts'

export interface ProcessLife {
  /** Tells of a process from now on; `isExpected` is asked at its end. */
  watch(started: StartedProcess, isExpected: () => boolean): void
}

export function processLife(options: {
  /** Empty for what several scenarios share. */
  readonly scenario: string
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
}): ProcessLife {
  const { emit, now, scenario } = options
  const exited = ({ name, pid, lastLines }: StartedProcess, { code, signal }: ProcessEnd, expected: boolean) => {
    const base = { src: 'runner', atMs: now(), scenario, process: name }
    emit({ ...base, kind: 'process-exited', pid, code, signal, expected })
    if (expected) return
    for (const text of lastLines()) emit({ ...base, kind: 'log-line', level: 'unknown', text })
  }
  return {
    watch(started, isExpected) {
      const { name, pid } = started
      emit({ src: 'runner', atMs: now(), scenario, kind: 'process-started', process: name, pid })
      void started.exited.then((end) => exited(started, end, isExpected()))
    },
  }
}
