// Sign-in events of Azure AD, one JSON object a line, timed by `signinDateTime` in UTC.

import { jsonObject } from './json.ts'
import { failure, type Parser } from './parser.ts'
import { utcTimeMs } from './utc-time.ts'

export const azureAdEvent: Parser = {
  name: 'azure-ad-event',
  parse(input) {
    const read = jsonObject(input)
    if ('failure' in read) return read
    const time = read.object.signinDateTime
    const timestampMs = typeof time === 'string' ? utcTimeMs(time) : undefined
    if (timestampMs === undefined) return failure('signinDateTime as a time in ISO 8601', time)
    return [{ tag: 'azure_ad.signin_event', timestampMs, event: read.object }]
  },
}
