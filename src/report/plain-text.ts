// Makes text that somebody else wrote (scenario names, log lines, error details) fit for a report: no control characters, no
// lone surrogates, no lines of ten kilobytes. Escaping for a format is that format's own business.

const controls = /[^\P{Cc}\t\n]|[\ufffe\uffff]/gu

/** Removes what neither XML nor a terminal may be given; tabs and line breaks stay. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(controls, '\ufffd')
}

/** On one line and at most `charsMax` long; what was cut is counted. */
export function oneLine(text: string, charsMax = 300): string {
  // Only what can be seen is cleaned: spaces shrink, so a little more than is shown is looked at.
  const looked = text.slice(0, charsMax * 2 + 100)
  const line = plainText(looked).replace(/\s+/g, ' ').trim()
  return cut(line, charsMax, line.length + text.length - looked.length)
}

/** Keeps line breaks. */
export function shorten(text: string, charsMax: number): string {
  return cut(text, charsMax, text.length)
}

function cut(text: string, charsMax: number, chars: number): string {
  if (chars <= charsMax) return text
  const kept = text.slice(0, charsMax).toWellFormed()
  return `${kept} … (${chars - kept.length} more characters)`
}
