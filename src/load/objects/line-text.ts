// The text of one line of a log file, made from the object's own number and the line's, so that any line can be made again
// at any time without keeping it. Good lines are what the parsers of src/parsers accept; poison lines are what no JSON
// parser can read. Some lines hold text beyond ASCII, because a reader that cuts UTF-8 between two chunks is a real mistake.

export const contentFormats = ['s3-lines', 'json', 'azure-ad-event', 'g-suite-login'] as const
export type ContentFormat = (typeof contentFormats)[number]

/** What a line is made of. */
export interface LineParts {
  /** 32 bits that belong to the object. */
  readonly objectHash: number
  /** Counted from 1. */
  readonly line: number
  /** Pads the line to about this many bytes; 0: as it comes. */
  readonly lineBytes: number
}

/** Times in the lines are a second apart from here on: 2026-01-01T00:00:00Z. */
const firstTimeMs = 1_767_225_600_000
const hour = 3600

/** Letters without a period within the window of gzip that pays, so that padding does not compress to nothing. */
const padding = padLetters(65_536)

export function goodLine(format: ContentFormat, parts: LineParts): string {
  const token = mix(parts.objectHash, parts.line)
  const text = `${hex(parts.objectHash)} ${parts.line} ${hex(token)}${token % 16 === 0 ? ' größer 東京 🦉' : ''}`
  const time = timeText(parts.line)
  switch (format) {
    case 's3-lines':
      return padded(`${time} host-${token % 8} app[${token % 997}]: `, text, '', token, parts.lineBytes)
    case 'json':
      return padded(`{"time":"${time}","level":"info","message":"`, text, '"}', token, parts.lineBytes)
    case 'azure-ad-event':
      return padded(
        // Half of them without the Z: a reader that takes its machine's own zone is a real mistake.
        `{"id":"${hex(token)}-${parts.line}","signinDateTime":"${token % 2 === 0 ? time : time.slice(0, -1)}","userPrincipalName":"user-${token % 100}@example.com",` +
          `"appDisplayName":"Portal","ipAddress":"192.0.2.${token % 256}","loginStatus":"Success","deviceInformation":"`,
        text,
        '"}',
        token,
        parts.lineBytes,
      )
    case 'g-suite-login':
      return padded(
        `{"kind":"admin#reports#activity","id":{"time":"${time}","uniqueQualifier":"${token}","applicationName":"login",` +
          `"customerId":"C01"},"actor":{"email":"user-${token % 100}@example.com","profileId":"${token % 100}"},` +
          `"ipAddress":"192.0.2.${token % 256}","events":[{"type":"login","name":"login_success","parameters":[` +
          `{"name":"login_type","value":"`,
        text,
        '"}]}]}',
        token,
        parts.lineBytes,
      )
  }
}

/** The record's own time in milliseconds since 1970, UTC; `undefined` where the format has none. */
export function goodTimeMs(format: ContentFormat, line: number): number | undefined {
  return format === 'azure-ad-event' || format === 'g-suite-login' ? firstTimeMs + line * 1000 : undefined
}

/** JSON that ends in the middle of a text, as a writer leaves it that died. */
export function poisonLine(parts: LineParts): string {
  const token = mix(parts.objectHash, parts.line)
  return padded('{"poison":"', `${hex(parts.objectHash)} ${parts.line} ${hex(token)}`, '', token, parts.lineBytes)
}

function padded(head: string, text: string, tail: string, token: number, lineBytes: number): string {
  const missing = lineBytes - head.length - text.length - tail.length - 1
  if (missing <= 0) return head + text + tail
  return `${head}${text} ${padText(token, missing)}${tail}`
}

function padText(token: number, length: number): string {
  const start = token % (padding.length / 2)
  if (start + length <= padding.length) return padding.slice(start, start + length)
  return padding.repeat(Math.ceil((start + length) / padding.length)).slice(start, start + length)
}

function padLetters(length: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz .,-012'
  return Array.from({ length }, (_, index) => letters[mix(1, index) % letters.length]).join('')
}

/** `2026-01-01T00:00:01.000Z`. The part that changes once an hour is kept, as most of the time goes into it. */
function timeText(line: number): string {
  const hours = Math.floor(line / hour)
  if (hours !== lastHour.hours) {
    lastHour.hours = hours
    lastHour.text = new Date(firstTimeMs + hours * hour * 1000).toISOString().slice(0, 14)
  }
  const seconds = line % hour
  return `${lastHour.text}${two(Math.floor(seconds / 60))}:${two(seconds % 60)}.000Z`
}
const lastHour = { hours: -1, text: '' }

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))
const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** 32 bits from two numbers (the finalizer of murmur3). The seed is in the first one, where `decide` put it. */
function mix(objectHash: number, line: number): number {
  let value = objectHash ^ Math.imul(line, 0x9e3779b1)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
