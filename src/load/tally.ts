// Sums up one job while it runs, so that the runner need not read the history to know how the load went.

import { Histogram } from '../stats/histogram.ts'
import type { ConnectionFigures, LoadError, LoadJob, LoadResult } from './load-job.ts'

export class Tally {
  readonly #statuses: Record<string, number> = {}
  readonly #errors: Partial<Record<LoadError, number>> = {}
  readonly #scheduleLag = new Histogram()
  readonly #sendLag = new Histogram()
  readonly #latency = new Histogram()
  #sent = 0
  #answered = 0

  handedOver(lagMs: number): void {
    this.#scheduleLag.record(lagMs)
  }

  written(lagMs: number): void {
    this.#sendLag.record(lagMs)
  }

  sent(): void {
    this.#sent++
  }

  answered(latencyMs: number, status: number): void {
    this.#answered++
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    this.#latency.record(latencyMs)
  }

  failed(error: LoadError): void {
    this.#answered++
    this.#errors[error] = (this.#errors[error] ?? 0) + 1
  }

  result({ scenario, requests }: LoadJob, connections: ConnectionFigures): LoadResult {
    return {
      scenario,
      planned: requests.length,
      sent: this.#sent,
      statuses: this.#statuses,
      errors: this.#errors,
      interrupted: this.#answered - (this.#errors.interrupted ?? 0) < requests.length,
      scheduleLag: this.#scheduleLag.spread(),
      sendLag: this.#sendLag.spread(),
      latency: this.#latency.spread(),
      connections,
    }
  }
}
