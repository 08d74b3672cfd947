// Bodies that break off, and gzips that are broken.

import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { resuming } from './object-body.ts'
import { unpacked } from './unpack.ts'

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})

type Answer = Parameters<typeof resuming>[0]

const whole = Buffer.from('0123456789')

/** A body that gives these bytes and then ends, or breaks. */
function answer(bytes: Uint8Array, breaks: boolean): Answer {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield bytes
    if (breaks) throw new Error('aborted')
  }
  return { Body: body() as unknown as NonNullable<Answer['Body']> }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('a body', () => {
  test.each([true, false])('that breaks off is continued where it ended (with an error: %s)', async (breaks) => {
    const asked: number[] = []
    const continued = async (from: number) => {
      asked.push(from)
      return answer(whole.subarray(from, from + 4), breaks)
    }
    expect(await collect(resuming(answer(whole.subarray(0, 4), breaks), 10, continued))).toBe('0123456789')
    expect(asked).toEqual([4, 8])
  })

  test('that breaks behind its last byte is whole', async () => {
    const never = async () => Promise.reject(new Error('not asked'))
    expect(await collect(resuming(answer(whole, true), 10, never))).toBe('0123456789')
  })

  test('of an object that has changed fails', async () => {
    const continued = async () => {
      throw Object.assign(new Error('changed'), { name: 'PreconditionFailed' })
    }
    await expect(collect(resuming(answer(whole.subarray(0, 4), true), 10, continued))).rejects.toThrow('changed')
  })
})

describe('gzip', () => {
  const bodyOf = (bytes: Uint8Array) => {
    let opened = 0
    const stream = async function* () {
      opened++
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
    }
    return { bytes: bytes.length, stream, opened: () => opened }
  }
  const text = Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n')
  const packed = gzipSync(text)

  test('is unpacked, several in one file as well', async () => {
    expect(await collect(await unpacked('a.gz', bodyOf(packed)))).toBe(text)
    expect(await collect(await unpacked('a.gz', bodyOf(Buffer.concat([packed, packed]))))).toBe(text + text)
  })

  test('without the suffix nothing is unpacked, and an empty object is empty', async () => {
    expect(await collect(await unpacked('a.log', bodyOf(Buffer.from('x'))))).toBe('x')
    expect(await collect(await unpacked('a.gz', bodyOf(Buffer.alloc(0))))).toBe('')
  })

  test('that is cut, altered or none is refused before a byte of it is given', async () => {
    const altered = Buffer.from(packed)
    altered.writeUInt32LE(1, packed.length - 8)
    for (const bytes of [packed.subarray(0, -5), altered, Buffer.from(text)]) {
      const body = bodyOf(bytes)
      await expect(unpacked('a.gz', body)).rejects.toThrow()
      expect(body.opened()).toBe(1)
    }
  })

  test('of which only the beginning is wanted lets go of the rest', async () => {
    for await (const _chunk of await unpacked('a.gz', bodyOf(packed))) break
  })
})
