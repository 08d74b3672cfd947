// The worker's side of the generator: takes commands from the main thread and wires jobs, heartbeat and outbox together.
// It runs in a thread of its own, so that nothing else the harness does can delay a request or a time stamp.

import { parentPort, workerData } from 'node:worker_threads'
import { startHeartbeat } from '../core/heartbeat.ts'
import { type RunningJob, runJob } from './job-runner.ts'
import type { GeneratorCommand, GeneratorMessage, LoadJob } from './load-job.ts'
import { micros } from './micros.ts'
import { Outbox } from './outbox.ts'
import { warmUp } from './warm-up.ts'

const port = parentPort
if (!port) throw new Error('generator-worker is a worker thread, started by generator')
const { originMs } = workerData as { readonly originMs: number }

const post = (message: GeneratorMessage) => port.postMessage(message)
const outbox = new Outbox((events) => post({ kind: 'events', events }))
const running = new Map<number, RunningJob>()
let isStopping = false

const stopHeartbeat = startHeartbeat((atMs, lateMs) => {
  outbox.add({ kind: 'heartbeat', atMs: micros(atMs - originMs), src: 'load', scenario: '', lateMs: micros(lateMs) })
})

function run(number: number, job: LoadJob): void {
  const started = runJob(
    job,
    originMs,
    (event) => outbox.add(event),
    (result) => {
      running.delete(number)
      // First the events, so that nobody who has the result misses one.
      outbox.flush()
      post({ kind: 'done', number, result })
      finishStop()
    },
  )
  running.set(number, started)
  if (isStopping) started.interrupt()
}

function stop(): void {
  isStopping = true
  stopHeartbeat()
  for (const job of running.values()) job.interrupt()
  finishStop()
}

function finishStop(): void {
  if (!isStopping || running.size > 0) return
  outbox.flush()
  post({ kind: 'stopped' })
}

port.on('message', (command: GeneratorCommand) => {
  if (command.kind === 'run') run(command.number, command.job)
  else if (command.kind === 'warm-up') void warmUp().then((result) => post({ kind: 'warm', result }))
  else stop()
})
post({ kind: 'ready' })
