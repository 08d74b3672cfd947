import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InputError } from '../../core/errors.ts'
import { decodeAny, decodeMessage } from './decode-message.ts'
import { deltaAnswer, discoveryAnswer, discoveryRequest } from './discovery-wire.ts'
import { readFields, writeField } from './wire.ts'

const calm = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
  }
}

test('whatever comes over the wire is read or refused, never anything else', () => {
  const any = writeField(1, 'type.googleapis.com/envoy.config.cluster.v3.Cluster')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (given) => {
      const bytes = Buffer.from(given)
      calm(() => decodeMessage(bytes, 'envoy.config.cluster.v3.Cluster'))
      calm(() => decodeMessage(bytes, 'envoy.config.route.v3.RouteConfiguration'))
      calm(() => decodeAny(Buffer.concat([any, writeField(2, bytes)])))
      calm(() => discoveryAnswer(bytes).resources(() => {}))
      calm(() => deltaAnswer(bytes).resources(() => {}))
    }),
    { numRuns: 300 },
  )
})

test('what is written is read again', () => {
  const names = fc.array(fc.string(), { maxLength: 5 })
  fc.assert(
    fc.property(names, fc.string({ minLength: 1 }), (given, nonce) => {
      const wanted = given.filter((name) => name !== '')
      const request = discoveryRequest({
        type: 'routes',
        version: '',
        names: wanted,
        nonce,
        node: { id: 'i', cluster: 'c' },
      })
      const read = (number: number) =>
        readFields(request).flatMap((field) => (field.number === number ? (field.bytes?.toString() ?? '') : []))
      expect(read(3)).toEqual(wanted.map((name) => Buffer.from(name).toString()))
      expect(read(5)).toEqual([Buffer.from(nonce).toString()])
    }),
  )
})
