// What the plan has in store for a call, carried out, and the call's way to the emulator.

import { aborted, type Errand, type Outcome } from './errand.ts'
import { type ErrorAnswer, errorAnswer, throttleAnswer } from './error-shapes.ts'
import { drain, forgedPutRecords, handedOnWhole, streamed, withLength } from './hand-on.ts'
import { type SplitRecords, splitRecords } from './put-records.ts'

/** How long a caller that was killed may take to be gone before its connection is reset. */
const dyingMs = 10_000
/** How long the emulator's answer is still waited for when its caller has hung up, to learn whether it was carried out. */
const afterlifeMs = 10_000

export async function carryOut(errand: Errand): Promise<Outcome> {
  const { exchange, action, target } = errand
  if (action.delayMs !== undefined && !(await exchange.pause(action.delayMs))) return aborted(false)
  if (action.throttle === true) return own(errand, throttleAnswer(target.service))
  if (action.status !== undefined) return own(errand, errorAnswer(target.service, action.status))
  if (action.reset === 'before') {
    exchange.reset()
    return { status: 0, applied: false, error: 'reset' }
  }
  if (action.crash === 'before') return crash(errand, false)
  const split = splitFor(errand)
  if (split !== undefined && split.kept === undefined) return forgedPutRecords(errand, split, undefined)
  return forwarded(errand, split)
}

/** An answer of our own instead of the emulator's. */
async function own({ exchange, body }: Errand, answer: ErrorAnswer): Promise<Outcome> {
  // A request that is still on its way is read to its end, or HTTP/1.1 could not use the connection again.
  if (!Buffer.isBuffer(body)) body.resume()
  const end = await exchange.reply(answer.status, answer.headers, answer.body)
  return end === 'whole' ? { status: answer.status, applied: false, error: answer.code } : aborted(false)
}

async function crash({ exchange, invocation16, context }: Errand, applied: boolean): Promise<Outcome> {
  const error = 'reset'
  if (invocation16 === undefined) {
    exchange.reset()
    return { status: 0, applied, error, note: 'nobody to kill: the call bears no invocation, so it was reset' }
  }
  context.crash(invocation16)
  if (await exchange.pause(dyingMs)) exchange.reset()
  return { status: 0, applied, error }
}

function splitFor({ target, body, action }: Errand): SplitRecords | undefined {
  const { refuseEntries = [] } = action
  if (target.operation !== 'PutRecords' || refuseEntries.length === 0 || !Buffer.isBuffer(body)) return undefined
  const split = splitRecords(body.toString('utf8'), refuseEntries)
  return split === undefined || split.refused.length === 0 ? undefined : split
}

async function forwarded(errand: Errand, split: SplitRecords | undefined): Promise<Outcome> {
  const { exchange, action } = errand
  const unfit = action.refuseEntries !== undefined && split === undefined && action.delayMs === undefined
  const fit = unfit ? { acted: false } : {}
  const patience = patienceOf(errand)
  try {
    const answer = await send(errand, split, patience.signal)
    const applied = answer.status >= 200 && answer.status < 300
    if (exchange.gone.aborted) {
      answer.body.destroy()
      return { ...aborted(applied), ...fit }
    }
    if (action.reset === 'after' || action.crash === 'after') {
      await drain(answer)
      if (action.crash === 'after') return await crash(errand, applied)
      exchange.reset()
      return { status: 0, applied, error: 'reset' }
    }
    if (split !== undefined && applied) return await forgedPutRecords(errand, split, answer)
    if (!applied || errand.target.operation === 'PutRecords')
      return { ...(await handedOnWhole(errand, answer)), ...fit }
    return { ...(await streamed(errand, answer)), ...fit }
  } catch (error) {
    if (exchange.gone.aborted) return { ...aborted(false), ...fit, note: 'the emulator had not answered' }
    exchange.reset()
    return {
      status: 0,
      applied: false,
      error: 'reset',
      ...fit,
      note: `the emulator gave no answer: ${messageOf(error)}`,
    }
  } finally {
    patience.end()
  }
}

/** Aborts the way to the emulator when the hop stops, or some time after the caller hung up. */
function patienceOf({ exchange, body, context }: Errand) {
  const over = new AbortController()
  const giveUp = () => over.abort()
  // Half a streamed body is no request; a whole one may have been carried out, and we want to know.
  let timer: NodeJS.Timeout | undefined
  const hungUp = () => {
    if (Buffer.isBuffer(body) || body.readableEnded) timer = setTimeout(giveUp, afterlifeMs)
    else giveUp()
  }
  if (exchange.gone.aborted) hungUp()
  else exchange.gone.addEventListener('abort', hungUp, { once: true })
  context.stopping.addEventListener('abort', giveUp, { once: true })
  if (context.stopping.aborted) giveUp()
  return {
    signal: over.signal,
    end() {
      clearTimeout(timer)
      exchange.gone.removeEventListener('abort', hungUp)
      context.stopping.removeEventListener('abort', giveUp)
    },
  }
}

function send({ exchange, origin, path, body, context }: Errand, split: SplitRecords | undefined, signal: AbortSignal) {
  const changed = split?.kept === undefined ? undefined : Buffer.from(split.kept)
  const headers = changed === undefined ? exchange.headers : withLength(exchange.headers, changed)
  return context.forwarder.send(origin(), { method: exchange.method, path, headers, body: changed ?? body }, signal)
}

export function messageOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : ''
  return error instanceof Error ? `${code}${error.message}` : String(error)
}
