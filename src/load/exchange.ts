// One request from its due time to its end: the two events, the time limit, the sums. It sees to it that each
// `request-sent` has exactly one `request-answered`, whatever the transport reports and whoever ends it.

import { monotonicMs } from '../core/clock.ts'
import type { NewEvent } from '../core/history.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { requestBytes } from './grpc-call.ts'
import type { LoadError } from './load-job.ts'
import { micros } from './micros.ts'
import type { Tally } from './tally.ts'
import type { RequestListener, Transport } from './transport.ts'

export interface ExchangeContext {
  readonly scenario: string
  /** Origin of the run's clock, and the job's start on the same monotonic clock. */
  readonly originMs: number
  readonly startMs: number
  readonly transport: Transport
  readonly tally: Tally
  readonly emit: (event: NewEvent) => void
  /** The exchange is over. */
  readonly onEnd: (exchange: Exchange) => void
}

export class Exchange implements RequestListener {
  readonly #context: ExchangeContext
  readonly #request: PlannedRequest
  readonly #intendedMs: number
  readonly #triedMs: number
  #timer: NodeJS.Timeout | undefined
  #abandon: (() => void) | undefined
  #isWritten = false
  #isOver = false
  #status = 0
  #bytes = 0
  #told: Readonly<Record<string, string>> | undefined
  #call: { readonly grpcStatus: number; readonly messages: number } | undefined

  constructor(context: ExchangeContext, request: PlannedRequest) {
    this.#context = context
    this.#request = request
    this.#intendedMs = context.startMs + request.atMs
    this.#triedMs = monotonicMs()
  }

  begin(): void {
    this.#context.tally.handedOver(this.#triedMs - this.#intendedMs)
    if (!this.#armTimeout()) return
    const abandon = this.#context.transport.send(this.#request, this)
    // The transport may have refused at once.
    if (!this.#isOver) this.#abandon = abandon
  }

  /** The run is over before the request is. */
  interrupt(): void {
    this.#giveUp('interrupted', this.#isWritten ? 'the run was stopped' : 'the run was stopped before it was written')
  }

  written(): void {
    if (this.#isOver || this.#isWritten) return
    this.#isWritten = true
    const nowMs = monotonicMs()
    this.#context.tally.written(nowMs - this.#intendedMs)
    this.#emitSent(nowMs)
  }

  head(status: number, told?: Readonly<Record<string, string>>): void {
    this.#status = status
    this.#told = told
  }

  bytes(count: number): void {
    this.#bytes += count
  }

  call(grpcStatus: number, messages: number): void {
    this.#call = { grpcStatus, messages }
  }

  done(): void {
    if (!this.#isOver) this.#end()
  }

  failed(error: LoadError, detail: string): void {
    if (!this.#isOver) this.#end(error, detail)
  }

  /** False when the limit has already run out, because the worker was that late. */
  #armTimeout(): boolean {
    const leftMs = this.#intendedMs + this.#request.timeoutMs - monotonicMs()
    if (leftMs <= 0) {
      const how = this.#isWritten ? '' : ' before it was written'
      this.#giveUp('timeout', `no whole answer within ${this.#request.timeoutMs} ms${how}`)
      return false
    }
    // Timers fire up to a millisecond early; then the rest is waited for.
    this.#timer = setTimeout(() => this.#armTimeout(), Math.ceil(leftMs))
    return true
  }

  #giveUp(error: LoadError, detail: string): void {
    if (this.#isOver) return
    this.#end(error, detail)
    this.#abandon?.()
  }

  #end(error?: LoadError, detail?: string): void {
    const { tally, emit, scenario, originMs, onEnd } = this.#context
    const nowMs = monotonicMs()
    this.#isOver = true
    clearTimeout(this.#timer)
    if (!this.#isWritten) this.#emitSent(this.#triedMs)
    const latencyMs = micros(nowMs - this.#intendedMs)
    if (error) tally.failed(error)
    else tally.answered(latencyMs, this.#status)
    emit({
      kind: 'request-answered',
      atMs: micros(nowMs - originMs),
      src: 'load',
      scenario,
      id: this.#request.id,
      ...(error ? { error, ...(detail ? { detail } : {}) } : { status: this.#status }),
      ...(error ? {} : this.#call),
      ...(this.#told === undefined ? {} : { headers: this.#told }),
      bytes: this.#bytes,
      latencyMs,
    })
    onEnd(this)
  }

  #emitSent(atMs: number): void {
    const { tally, emit, scenario, originMs } = this.#context
    const { id, traffic, method, host, path, plan } = this.#request
    tally.sent()
    emit({
      kind: 'request-sent',
      atMs: micros(atMs - originMs),
      src: 'load',
      scenario,
      id,
      traffic,
      method,
      host,
      path,
      bodyBytes: requestBytes(this.#request),
      intendedMs: micros(this.#intendedMs - originMs),
      plan,
    })
  }
}
