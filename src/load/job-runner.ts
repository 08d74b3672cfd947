// Runs one job in the worker: follows its schedule, keeps its open requests, and knows when the last has ended. Jobs have
// a transport of their own, so one scenario's stalled connections cannot hold up another's.

import type { NewEvent } from '../core/history.ts'
import { Exchange, type ExchangeContext } from './exchange.ts'
import { Http1Transport } from './http1.ts'
import { Http2Transport } from './http2.ts'
import type { LoadJob, LoadResult } from './load-job.ts'
import { followSchedule, type Schedule } from './schedule.ts'
import { Tally } from './tally.ts'
import type { Transport } from './transport.ts'

export interface RunningJob {
  /** Ends every open request as `interrupted` and sends no more; `onDone` follows. */
  interrupt(): void
}

export function runJob(
  job: LoadJob,
  originMs: number,
  emit: (event: NewEvent) => void,
  onDone: (result: LoadResult) => void,
): RunningJob {
  const transport: Transport =
    job.protocol === 'http2' ? new Http2Transport(job.target) : new Http1Transport(job.target)
  const tally = new Tally()
  const open = new Set<Exchange>()
  let isScheduled = true

  const finishIfDone = () => {
    if (isScheduled || open.size > 0) return
    // Not within a callback of the client that we are about to destroy.
    setImmediate(() => {
      transport.close()
      onDone(tally.result(job, transport.figures()))
    })
  }
  const context: ExchangeContext = {
    scenario: job.scenario,
    originMs,
    startMs: job.startMs,
    transport,
    tally,
    emit,
    onEnd: (exchange) => {
      open.delete(exchange)
      finishIfDone()
    },
  }
  const schedule: Schedule = followSchedule(
    job.requests.map((request) => job.startMs + request.atMs),
    (index) => {
      const request = job.requests[index]
      if (!request) return
      const exchange = new Exchange(context, request)
      open.add(exchange)
      exchange.begin()
    },
    () => {
      isScheduled = false
      finishIfDone()
    },
  )

  return {
    interrupt: () => {
      schedule.stop()
      const wasScheduled = isScheduled
      isScheduled = false
      const wasIdle = open.size === 0
      for (const exchange of open) exchange.interrupt()
      if (wasScheduled && wasIdle) finishIfDone()
    },
  }
}
