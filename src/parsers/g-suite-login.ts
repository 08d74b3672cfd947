// Login activities of G Suite's admin reports, one JSON object a line, timed by `id.time`.

import { jsonObject } from './json.ts'
import { failure, type Parser } from './parser.ts'
import { utcTimeMs } from './utc-time.ts'

export const gSuiteLogin: Parser = {
  name: 'g-suite-login',
  parse(input) {
    const read = jsonObject(input)
    if ('failure' in read) return read
    const { id } = read.object
    const time = typeof id === 'object' && id !== null ? (id as { readonly time?: unknown }).time : undefined
    const timestampMs = typeof time === 'string' ? utcTimeMs(time) : undefined
    if (timestampMs === undefined) return failure('id.time as a time in ISO 8601', time)
    return [{ tag: 'gsuite.login', timestampMs, event: read.object }]
  },
}
