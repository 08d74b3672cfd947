// Hands the emulator's answer on to the caller: as it is, cut, slowed, or with refused entries put back in.

import type { CallAction } from '../../core/pipeline-fault.ts'
import { aborted, type Errand, type Outcome } from './errand.ts'
import { codeIn } from './error-shapes.ts'
import type { BodyEnd, BodyPace, Headers } from './exchange.ts'
import type { ForwardAnswer } from './forwarder.ts'
import { failedCount, joinAnswer, type SplitRecords } from './put-records.ts'

/** Largest answer that is read whole: those of errors and of PutRecords. */
const answerBytesMax = 4 * 1024 * 1024

/** Reads the emulator's answer, so that it was really given; no more than one of its size needs. */
export async function drain(answer: ForwardAnswer): Promise<void> {
  await wholeOf(answer).catch(() => undefined)
  answer.body.destroy()
}

export async function forgedPutRecords(
  { exchange }: Errand,
  split: SplitRecords,
  answer: ForwardAnswer | undefined,
): Promise<Outcome> {
  const real = answer === undefined ? undefined : (await wholeOf(answer)).toString('utf8')
  const text = joinAnswer(split, real)
  const body = Buffer.from(text)
  const headers = withLength(answer?.headers ?? { 'content-type': 'application/x-amz-json-1.1' }, body)
  const end = await exchange.reply(200, headers, body)
  const applied = answer !== undefined
  return end === 'whole' ? { status: 200, applied, refused: failedCount(text) } : aborted(applied)
}

/** Errors and PutRecords: small answers that are looked into. */
export async function handedOnWhole(errand: Errand, answer: ForwardAnswer): Promise<Outcome> {
  const { target, action, exchange } = errand
  const applied = answer.status >= 200 && answer.status < 300
  const body = await wholeOf(answer)
  const text = body.toString('utf8')
  const error = applied ? undefined : (codeIn(answer.headers, text) ?? String(answer.status))
  const refused = applied && target.operation === 'PutRecords' ? { refused: failedCount(text) } : {}
  const pace = paceOf(action, body.length)
  const end =
    pace === undefined
      ? await exchange.reply(answer.status, answer.headers, body)
      : await exchange.stream(answer.status, answer.headers, once(body), pace)
  return {
    ...ended(end, answer.status, applied),
    ...(end === 'whole' && error !== undefined ? { error } : {}),
    ...refused,
  }
}

export async function streamed({ exchange, action }: Errand, answer: ForwardAnswer): Promise<Outcome> {
  const length = Number(answer.headers['content-length'] ?? Number.NaN)
  // Without a length the body must be known before a share of it can be named.
  const whole = action.cutBodyRatio !== undefined && Number.isNaN(length) ? await wholeOf(answer) : undefined
  const pace = paceOf(action, whole?.length ?? length)
  if (pace?.cutAfterBytes === 0 && (whole?.length ?? length) === 0) {
    answer.body.destroy()
    exchange.reset()
    return { status: 0, applied: true, error: 'cut', note: 'an empty body cannot be cut, so the connection was reset' }
  }
  const end = await exchange.stream(
    answer.status,
    answer.headers,
    whole === undefined ? answer.body : once(whole),
    pace,
  )
  if (end !== 'whole') answer.body.destroy()
  return ended(end, answer.status, true)
}

function paceOf(action: CallAction, length: number): BodyPace | undefined {
  if (action.cutBodyRatio !== undefined) {
    return { cutAfterBytes: Math.max(0, Math.min(length - 1, Math.floor(length * action.cutBodyRatio))) }
  }
  return action.bodyBytesPerSecond === undefined ? undefined : { bytesPerSecond: action.bodyBytesPerSecond }
}

function ended(end: BodyEnd, status: number, applied: boolean): Outcome {
  switch (end) {
    case 'whole':
      return { status, applied }
    case 'cut':
      return { status: 0, applied, error: 'cut' }
    case 'source-failed':
      return { status: 0, applied, error: 'cut', note: 'the emulator ended its answer early' }
    case 'caller-gone':
      return aborted(applied)
  }
}

async function wholeOf(answer: ForwardAnswer): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer.body) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > answerBytesMax) throw new Error(`an answer above ${answerBytesMax} bytes, which is not looked into`)
  }
  return Buffer.concat(pieces)
}

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  yield body
}

/** The same headers for another body: its length, and none of its checksums. */
export function withLength(headers: Headers, body: Buffer): Headers {
  const kept = Object.entries(headers).filter(([name]) => !/^(x-amz-crc32|content-md5|x-amz-checksum-.*)$/.test(name))
  return { ...Object.fromEntries(kept), 'content-length': String(body.length) }
}
