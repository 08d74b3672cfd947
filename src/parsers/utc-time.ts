// Reads times as UTC. A time without a zone is taken as UTC, never as the machine's own zone: that mistake moves records by
// nine hours in Tokyo. An offset that stands in the text is obeyed.

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$/

/** Milliseconds since 1970, UTC; `undefined` where the text is no such time or the day does not exist. */
export function utcTimeMs(text: string): number | undefined {
  const match = pattern.exec(text.trim())
  if (match === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match
  const fields = [year, month, day, hour, minute, second].map(Number)
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields
  if (h > 23 || mi > 59 || s > 59) return undefined
  const offsetMs = zoneOffsetMs(zone)
  if (offsetMs === undefined) return undefined
  const milliseconds = Number(`${fraction}000`.slice(0, 3))
  const date = new Date(0)
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(y, mo - 1, d)
  date.setUTCHours(h, mi, s, milliseconds)
  // Feb 30 would silently become Mar 2.
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return undefined
  return date.getTime() - offsetMs
}

function zoneOffsetMs(zone: string): number | undefined {
  if (!/^[+-]/.test(zone)) return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
