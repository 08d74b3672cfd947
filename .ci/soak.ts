// Soak: scenarios several times in a row, each time with a fresh seed, alone or beside busy loops on every core. Ends with a
// table of verdicts and times; the first lines of what a run said that was not as it should be are printed at once.
//
//   node .ci/soak.ts 15            fifteen runs of scenarios/mesh, each must pass
//   node .ci/soak.ts 5 --busy      five runs beside busy loops, each must pass or be inconclusive, none may fail
//   node .ci/soak.ts scenarios/pipeline=3 scenarios/pipeline/every-single-fault.yaml=10
//                                  three runs of the one, then ten of the other

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { monotonicMs } from '../src/core/clock.ts'
import { exitCodes } from '../src/core/errors.ts'

interface Job {
  readonly path: string
  readonly times: number
}

interface Outcome {
  readonly path: string
  readonly run: string
  readonly verdict: string
  readonly seconds: number
  readonly seed: string
  readonly good: boolean
}

const pathDefault = 'scenarios/mesh'
const timesDefault = 15
const shownLines = 40

/** What has been started and is to end with us: a run closes in good order, a busy loop knows no order. */
const running = new Map<ChildProcess, 'SIGINT' | 'SIGKILL'>()

function start(args: readonly string[], end: 'SIGINT' | 'SIGKILL'): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.set(child, end)
  child.once('exit', () => running.delete(child))
  return child
}

async function endAll(): Promise<void> {
  const ended = [...running].map(([child, signal]) => {
    const exited = once(child, 'exit')
    child.kill(signal)
    return exited
  })
  await Promise.all(ended)
}

function jobsOf(words: readonly string[]): readonly Job[] {
  const jobs = words.map((word) => {
    const [, path = pathDefault, times = ''] = /^(?:(.+)=)?(\d+)$/.exec(word) ?? []
    if (times === '') {
      console.error(`soak: expected TIMES, PATH=TIMES or --busy, found ${word}`)
      process.exit(exitCodes.badInput)
    }
    return { path, times: Number(times) }
  })
  return jobs.length > 0 ? jobs : [{ path: pathDefault, times: timesDefault }]
}

async function runOnce({ path, times }: Job, time: number, allowed: readonly number[]): Promise<Outcome> {
  const startedMs = monotonicMs()
  const child = start(['src/launcher.mjs', 'run', path], 'SIGINT')
  const exited = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream) : '')))
  const [exitCode]: (number | null)[] = await exited
  const outcome = {
    path,
    run: `${time}/${times}`,
    verdict: Object.entries(exitCodes).find(([, code]) => code === exitCode)?.[0] ?? `exit ${exitCode}`,
    seconds: Math.round((monotonicMs() - startedMs) / 100) / 10,
    seed: /seed (\S+):/.exec(stderr ?? '')?.[1] ?? '?',
    good: allowed.includes(exitCode ?? -1),
  }
  if (stopping.signal.aborted) return outcome
  console.log(`${path} ${outcome.run}  ${outcome.verdict}  ${outcome.seconds} s  seed ${outcome.seed}`)
  // What did not even begin says so on stderr.
  if (exitCode !== 0) console.log((stdout === '' ? stderr : stdout)?.split('\n').slice(0, shownLines).join('\n'))
  return outcome
}

const words = process.argv.slice(2).filter((word) => word !== '--busy')
const busy = words.length < process.argv.length - 2
const jobs = jobsOf(words)
const stopping = new AbortController()
for (const [signal, exitCode] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const, ['SIGHUP', 129] as const]) {
  process.once(signal, () => {
    stopping.abort()
    void endAll().finally(() => process.exit(exitCode))
  })
}
if (busy) for (let core = 0; core < availableParallelism(); core++) start(['-e', 'for (;;);'], 'SIGKILL')
const outcomes: Outcome[] = []
try {
  const allowed: readonly number[] = busy ? [exitCodes.pass, exitCodes.inconclusive] : [exitCodes.pass]
  for (const job of jobs) {
    for (let time = 1; time <= job.times && !stopping.signal.aborted; time++) {
      outcomes.push(await runOnce(job, time, allowed))
    }
  }
} finally {
  await endAll()
}
console.table(outcomes.map(({ good, ...row }) => ({ ...row, 'as it should be': good })))
const good = outcomes.filter((outcome) => outcome.good).length
console.log(`${good} of ${outcomes.length} as they should be${busy ? ', beside busy loops' : ''}`)
process.exitCode = good === outcomes.length ? 0 : 1
