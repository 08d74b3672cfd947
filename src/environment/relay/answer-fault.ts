// What a fault makes of the bytes that come from upstream: a list of steps for each chunk. Pure: it holds back, paces and
// says when to end or reset, and touches no socket.

import type { TcpFault } from '../../core/fault.ts'
import { type HeadSpan, headSpan } from './answer-head.ts'

export interface Pace {
  readonly bytes: number
  readonly everyMs: number
}

export type Step =
  | { readonly do: 'pass'; readonly bytes: Buffer; readonly pace?: Pace }
  | { readonly do: 'reset' }
  | { readonly do: 'end' }

export type Steps = (chunk: Buffer) => readonly Step[]

const pass = (bytes: Buffer, pace?: Pace): readonly Step[] =>
  bytes.length === 0 ? [] : [{ do: 'pass', bytes, ...(pace === undefined ? {} : { pace }) }]

export const passAll: Steps = (chunk) => pass(chunk)

export function paced(pace: Pace): Steps {
  return (chunk) => pass(chunk, pace)
}

const finestMs = 10

/** Small pieces in short intervals, and never less than a byte. */
export function paceOf(bytesPerSecond: number): Pace {
  const everyMs = Math.max(finestMs, 1000 / bytesPerSecond)
  return { bytes: Math.max(1, Math.round((bytesPerSecond * everyMs) / 1000)), everyMs }
}

/** For faults of the answer; the others let it pass. */
export function answerSteps(fault: TcpFault, http2: boolean): Steps {
  switch (fault.kind) {
    case 'reset':
      return resetSteps(fault.at, http2)
    case 'cut':
      return cutSteps(fault.afterBytes, http2)
    case 'slow':
      return slowSteps({ bytes: fault.bytes, everyMs: fault.everyMs }, http2)
    case 'bandwidth':
      return paced(paceOf(fault.bytesPerSecond))
    default:
      return passAll
  }
}

/** Keeps what came until the head is found, and tells of each chunk what is new and where the head is. */
function withHead(http2: boolean, act: (all: Buffer, from: number, head: HeadSpan) => readonly Step[]): Steps {
  let kept = Buffer.alloc(0)
  let passed = 0
  let head: HeadSpan = {}
  return (chunk) => {
    kept = Buffer.concat([kept, chunk])
    if (head.end === undefined) head = headSpan(kept, http2)
    const steps = act(kept, passed, head)
    for (const step of steps) if (step.do === 'pass') passed += step.bytes.length
    return steps
  }
}

function resetSteps(at: (TcpFault & { kind: 'reset' })['at'], http2: boolean): Steps {
  const until = (all: Buffer, from: number, to: number): readonly Step[] => [
    ...pass(all.subarray(from, to)),
    { do: 'reset' },
  ]
  if (at === 'before-head') {
    return withHead(http2, (all, from, { start }) =>
      start === undefined ? pass(all.subarray(from)) : until(all, from, start),
    )
  }
  if (at === 'in-head') {
    return withHead(http2, (all, from, { start, end }) => {
      if (start === undefined) return pass(all.subarray(from))
      return end === undefined ? pass(all.subarray(from, start)) : until(all, from, Math.floor((start + end) / 2))
    })
  }
  return withHead(http2, (all, from, { end }) => {
    // A head that came alone is passed on; half of the body that comes next goes with it or after it.
    if (end === undefined || all.length - Math.max(from, end) < 2) return pass(all.subarray(from))
    return until(all, from, Math.floor((Math.max(from, end) + all.length) / 2))
  })
}

function cutSteps(afterBytes: number, http2: boolean): Steps {
  return withHead(http2, (all, from, { end }) => {
    if (end === undefined || all.length - end <= afterBytes) return pass(all.subarray(from))
    return [...pass(all.subarray(from, end + afterBytes)), { do: 'end' }]
  })
}

/** The head comes as it is, the body trickles. */
function slowSteps(pace: Pace, http2: boolean): Steps {
  let isBody = false
  const head = withHead(http2, (all, from, { end }) => {
    if (end === undefined || end < from) return pass(all.subarray(from))
    isBody = true
    return [...pass(all.subarray(from, end)), ...pass(all.subarray(end), pace)]
  })
  return (chunk) => (isBody ? pass(chunk, pace) : head(chunk))
}
