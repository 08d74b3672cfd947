// The formats, what they refuse, and that times are UTC wherever the machine stands.

import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parserNames, sourceNames } from '../pipeline/format-names.ts'
import { formatNames, parserOf, parserOfAll } from './index.ts'
import { utcTimeMs } from './utc-time.ts'

const zone = process.env.TZ
afterAll(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const parse = (formats: string, input: unknown) => parserOfAll(formats.split(',')).parse(input)

test('configs know the same names', () => {
  expect([...formatNames].sort()).toEqual([...sourceNames, ...parserNames].sort())
})

test('an unknown name has no parser', () => {
  expect(parserOf('jsn')).toBeUndefined()
  expect(() => parserOfAll(['jsn'])).toThrow('expected a known format, found "jsn"')
  expect(() => parserOfAll([])).toThrow('expected at least one format')
})

describe('sources', () => {
  test('lines and texts are passed on', () => {
    expect(parse('s3-lines', 'x')).toEqual([{ tag: '', event: 'x' }])
    expect(parse('s3-text', 'x\ny')).toEqual([{ tag: '', event: 'x\ny' }])
  })
  test('ignore gives nothing', () => {
    expect(parse('ignore', 'x')).toEqual([])
  })
})

describe('json', () => {
  test('any value comes back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parse('s3-lines,json', JSON.stringify(value))).toEqual([
          { tag: '', event: JSON.parse(JSON.stringify(value)) },
        ])
      }),
    )
  })
  test.each(['', '{', '{"a":1}x', "{'a':1}", 'NaN'])('%j is refused', (text) => {
    expect(parse('s3-lines,json', text)).toEqual({ failure: `expected JSON, found ${JSON.stringify(text)}` })
  })
})

const signin = { id: '1', signinDateTime: '2026-03-01T23:30:00.5Z', userPrincipalName: 'a@example.com' }
const login = { kind: 'admin#reports#activity', id: { time: '2026-03-01T23:30:00.500Z', applicationName: 'login' } }

describe.each(['UTC', 'Asia/Tokyo', 'America/New_York', 'Pacific/Chatham'])('in %s', (name) => {
  const timestampMs = Date.UTC(2026, 2, 1, 23, 30, 0, 500)

  test.each([
    ['s3-lines,json,azure-ad-event', signin, 'azure_ad.signin_event'],
    ['s3-lines,azure-ad-event', signin, 'azure_ad.signin_event'],
    ['s3-lines,json,g-suite-login', login, 'gsuite.login'],
  ])('%s is timed in UTC', (formats, event, tag) => {
    process.env.TZ = name
    expect(parse(formats, JSON.stringify(event))).toEqual([{ tag, timestampMs, event }])
  })

  test('a time without a zone is UTC', () => {
    process.env.TZ = name
    expect(utcTimeMs('2026-03-01T23:30:00.500')).toBe(timestampMs)
    expect(utcTimeMs('2026-03-01 23:30:00.500')).toBe(timestampMs)
    expect(utcTimeMs('2026-03-02T08:30:00.500+09:00')).toBe(timestampMs)
  })
})

describe('what has no time is refused', () => {
  test.each([
    ['azure-ad-event', '[]', 'expected a JSON object, found a list'],
    ['azure-ad-event', '{}', 'expected signinDateTime as a time in ISO 8601, found nothing'],
    ['azure-ad-event', '{"signinDateTime":"soon"}', 'found "soon"'],
    ['azure-ad-event', '{"signinDateTime":1}', 'found 1'],
    ['g-suite-login', '{"id":"x"}', 'expected id.time as a time in ISO 8601, found nothing'],
    ['g-suite-login', '{"id":{"time":"2026-02-30T00:00:00Z"}}', 'found "2026-02-30T00:00:00Z"'],
    ['g-suite-login', 'null', 'expected a JSON object, found null'],
  ])('%s of %s', (format, text, why) => {
    expect(parse(`s3-lines,json,${format}`, text)).toEqual({ failure: expect.stringContaining(why) })
  })
})

describe('times', () => {
  test('what a Date writes is read back', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(utcTimeMs(date.toISOString())).toBe(date.getTime())
      }),
    )
  })
  test.each(['2024-02-29', '0099-01-01T00:00:00Z', '2026-01-01T00:00Z', '2026-01-01T00:00:00.123456789-0330'])(
    '%s is a time',
    (text) => {
      expect(utcTimeMs(text)).toBeTypeOf('number')
    },
  )
  test.each([
    '2023-02-29',
    '2026-13-01',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '01/02/2026',
    '',
    '2026-01-01T00:00:00+99:00',
  ])('%s is none', (text) => {
    expect(utcTimeMs(text)).toBeUndefined()
  })
})

test('no parser ever throws', () => {
  fc.assert(
    fc.property(fc.constantFrom(...formatNames), fc.oneof(fc.string(), fc.json(), fc.anything()), (name, input) => {
      const result = parserOf(name)?.parse(input)
      expect(Array.isArray(result) || typeof (result as { failure?: unknown })?.failure === 'string').toBe(true)
    }),
  )
})
