import { describe, expect, test } from 'vitest'
import type { TcpFault } from '../../core/fault.ts'
import { answerSteps, paceOf, type Step } from './answer-fault.ts'

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n'
const body = '01234567890123456789'

/** One HTTP/2 frame. */
function frame(type: number, flags: number, payload: string, stream = 1): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(type, 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, Buffer.from(payload)])
}
const settings = frame(4, 0, '', 0)
const h2Answer = Buffer.concat([settings, frame(1, 0, 'hea'), frame(9, 4, 'ders'), frame(0, 1, body)])

/** What is passed on, and what ends it; the answer comes in chunks of `size`. */
function passed(fault: TcpFault, answer: Buffer, http2: boolean, size: number): [string, string | undefined] {
  const steps = answerSteps(fault, http2)
  let text = ''
  for (let at = 0; at < answer.length; at += size) {
    for (const step of steps(answer.subarray(at, at + size)) as readonly Step[]) {
      if (step.do !== 'pass') return [text, step.do]
      text += step.bytes.toString('latin1')
    }
  }
  return [text, undefined]
}
const http1 = Buffer.from(head + body)
const whole = (answer: Buffer) => answer.toString('latin1')

describe.each([1, 7, 1000])('in chunks of %i bytes', (size) => {
  test('a reset before the head passes nothing of it', () => {
    const fault = { kind: 'reset', at: 'before-head' } as const
    expect(passed(fault, http1, false, size)).toEqual(['', 'reset'])
    const [text, end] = passed(fault, h2Answer, true, size)
    expect(end).toBe('reset')
    expect(whole(settings).startsWith(text) || text.length < settings.length + 9 + 3).toBe(true)
  })

  test('a reset in the head passes half of it', () => {
    const fault = { kind: 'reset', at: 'in-head' } as const
    expect(passed(fault, http1, false, size)).toEqual([head.slice(0, head.length / 2), 'reset'])
    const [text, end] = passed(fault, h2Answer, true, size)
    expect(end).toBe('reset')
    expect(text.length).toBeGreaterThan(settings.length)
    expect(text.length).toBeLessThan(settings.length + 9 + 3 + 9 + 4)
  })

  test('a reset after the head passes all of it and not all of the body', () => {
    const fault = { kind: 'reset', at: 'after-head' } as const
    const [text, end] = passed(fault, http1, false, size)
    expect(text.startsWith(head)).toBe(true)
    if (size > 1) expect([end, text.length < http1.length]).toEqual(['reset', true])
  })

  test('a cut passes so many bytes of the body', () => {
    expect(passed({ kind: 'cut', afterBytes: 4 }, http1, false, size)).toEqual([`${head}0123`, 'end'])
    expect(passed({ kind: 'cut', afterBytes: 0 }, http1, false, size)).toEqual([head, 'end'])
    expect(passed({ kind: 'cut', afterBytes: 20 }, http1, false, size)).toEqual([head + body, undefined])
    const [text, end] = passed({ kind: 'cut', afterBytes: 11 }, h2Answer, true, size)
    expect([text.length, end]).toEqual([h2Answer.length - 20 + 2, 'end'])
  })

  test('what slows an answer loses nothing of it', () => {
    const slow = { kind: 'slow', bytes: 3, everyMs: 10 } as const
    expect(passed(slow, http1, false, size)).toEqual([head + body, undefined])
    expect(passed(slow, h2Answer, true, size)).toEqual([whole(h2Answer), undefined])
    expect(passed({ kind: 'bandwidth', bytesPerSecond: 100 }, http1, false, size)).toEqual([head + body, undefined])
  })
})

test('only the body trickles', () => {
  const [first, second] = answerSteps({ kind: 'slow', bytes: 3, everyMs: 10 }, false)(http1)
  expect(first).toEqual({ do: 'pass', bytes: Buffer.from(head) })
  expect(second).toEqual({ do: 'pass', bytes: Buffer.from(body), pace: { bytes: 3, everyMs: 10 } })
})

test('a rate is small pieces in short intervals', () => {
  expect(paceOf(100_000)).toEqual({ bytes: 1000, everyMs: 10 })
  expect(paceOf(2)).toEqual({ bytes: 1, everyMs: 500 })
})
