import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messageCounter, messagePrefix } from './grpc-messages.ts'

const bodies = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 20 })
const cuts = fc.array(fc.nat({ max: 6000 }), { maxLength: 20 })
const framed = (sizes: readonly number[]) =>
  Buffer.concat(sizes.flatMap((bytes) => [messagePrefix(bytes), Buffer.alloc(bytes, 'x')]))

/** The text in pieces, cut at these places. */
function pieces(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...places.filter((place) => place < bytes.length).toSorted((a, b) => a - b), bytes.length]
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

test('messages are counted however the body comes in pieces', () => {
  fc.assert(
    fc.property(bodies, cuts, (sizes, places) => {
      const counter = messageCounter()
      for (const piece of pieces(framed(sizes), places)) counter.read(piece)
      expect([counter.count(), counter.isCut()]).toEqual([sizes.length, false])
    }),
  )
})

test('a body that ends within a message is cut, and that message does not count', () => {
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 300 }), fc.nat({ max: 300 }), (sizes, last, missing) => {
      const whole = framed([last])
      const counter = messageCounter()
      counter.read(framed(sizes))
      counter.read(whole.subarray(0, whole.length - 1 - (missing % (whole.length - 1))))
      expect([counter.count(), counter.isCut()]).toEqual([sizes.length, true])
    }),
  )
})
