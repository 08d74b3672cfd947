// Readiness is a condition that is looked at again and again within a limit, never a sleep. When it does not come true,
// the error says what was expected, what was seen, after how long, the process's last log line and a hint.

import { setTimeout as pause } from 'node:timers/promises'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import type { ProcessEnd, StartedProcess } from './started-process.ts'

export interface WaitLimits {
  readonly timeoutMs: number
  readonly intervalMs: number
  /** Its end ends the wait at once; its log goes into the error. */
  readonly process?: Pick<StartedProcess, 'exited' | 'hasExited' | 'lastLines'>
  /** Ends the wait at once; the error is the signal's reason. */
  readonly signal?: AbortSignal
  /** What to do about it, given the last lines of the log. Known causes have hints of their own. */
  readonly hint?: (lastLines: readonly string[]) => string | undefined
}

/**
 * Resolves as soon as `condition` gives true. Otherwise the condition gives false, or a text that says what it saw
 * (`GET /ready gave 503, 200 expected`); an error it throws counts as what it saw.
 * @param what with its name, for instance `envoy "edge"`
 * @throws EnvironmentError after `timeoutMs`, or when the process ends first
 */
export async function waitUntil(
  what: string,
  condition: () => Promise<boolean | string>,
  limits: WaitLimits,
): Promise<void> {
  const startedMs = monotonicMs()
  const watched = limits.process
  const stopper = new AbortController()
  const interrupted = new Promise<'exited' | 'late' | 'aborted'>((resolve) => {
    void watched?.exited.then(() => resolve('exited'))
    const timer = setTimeout(() => resolve('late'), limits.timeoutMs)
    const onAbort = () => resolve('aborted')
    if (limits.signal?.aborted) onAbort()
    limits.signal?.addEventListener('abort', onAbort, { signal: stopper.signal })
    stopper.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  let seen = 'no answer yet'
  try {
    for (;;) {
      const outcome = await Promise.race([look(condition), interrupted])
      // Ready, but not by the process that we wait for: another one answers on its port.
      if (outcome === true && watched?.hasExited()) throw await exitedFirst(what, startedMs, watched, limits)
      if (outcome === true) return
      if (typeof outcome === 'object') seen = outcome.seen
      else if (outcome === 'aborted') throw limits.signal?.reason
      else if (outcome === 'exited' && watched !== undefined) throw await exitedFirst(what, startedMs, watched, limits)
      else throw notReady(what, limits, seen)
      await Promise.race([pause(limits.intervalMs, undefined, { signal: stopper.signal }), interrupted])
    }
  } finally {
    stopper.abort()
  }
}

async function look(condition: () => Promise<boolean | string>): Promise<true | { readonly seen: string }> {
  try {
    const outcome = await condition()
    return outcome === true || { seen: outcome === false ? 'the condition did not hold' : outcome }
  } catch (error) {
    return { seen: describe(error) }
  }
}

/** undici says `fetch failed` and keeps the reason in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}

function notReady(what: string, limits: WaitLimits, seen: string): EnvironmentError {
  const lines = limits.process?.lastLines() ?? []
  return new EnvironmentError(`${what} not ready after ${limits.timeoutMs} ms: ${seen}${logAndHint(lines, limits)}`)
}

async function exitedFirst(
  what: string,
  startedMs: number,
  watched: NonNullable<WaitLimits['process']>,
  limits: WaitLimits,
): Promise<EnvironmentError> {
  const end = await watched.exited
  const afterMs = Math.round(monotonicMs() - startedMs)
  return new EnvironmentError(
    `${what} ${endInWords(end)} after ${afterMs} ms, before it was ready${logAndHint(watched.lastLines(), limits)}`,
  )
}

/** What to say of a process that was ready and is gone although nobody asked it to end. */
export function endedUnasked(
  what: string,
  end: ProcessEnd,
  afterMs: number,
  lastLines: readonly string[],
): EnvironmentError {
  // The kernel leaves no other trace of what it kills.
  const hint = () =>
    end.signal === 'SIGKILL' ? 'somebody killed it, or the kernel did for want of memory: see dmesg' : undefined
  return new EnvironmentError(
    `${what} ${endInWords(end)} after ${Math.round(afterMs)} ms, and nothing goes on without it` +
      logAndHint(lastLines, { hint }),
  )
}

function endInWords({ code, signal }: ProcessEnd): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`
}

function logAndHint(lines: readonly string[], limits: Pick<WaitLimits, 'hint'>): string {
  const telling = lines.findLast((line) => /\b(critical|error|fatal)\b/i.test(line)) ?? lines.at(-1)
  const hint = limits.hint?.(lines) ?? knownHint(lines)
  return `${telling === undefined ? '' : `\n  last log: ${telling.slice(0, 500)}`}${hint === undefined ? '' : `\n  hint: ${hint}`}`
}

function knownHint(lines: readonly string[]): string | undefined {
  const text = lines.join('\n')
  if (/Address already in use|EADDRINUSE/i.test(text)) {
    const port = /:(\d{2,5})\b[^\n]*(?:Address already in use)|EADDRINUSE[^\n]*:(\d{2,5})\b/i.exec(text)
    const number = port?.[1] ?? port?.[2]
    return `another process holds ${number === undefined ? 'the port' : `port ${number}`}`
  }
  if (/Too many open files|EMFILE/i.test(text)) return 'raise the limit on open files: ulimit -n 4096'
  if (/No space left on device|ENOSPC/i.test(text)) return 'the disk is full'
  if (/GLIBC_\d/.test(text)) return 'the C library of this system is too old for that binary'
  return undefined
}
