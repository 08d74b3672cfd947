// Envoy's own log as it comes with `--log-format '[%l][%n] %v' --log-format-escaped`: one line an entry, with line breaks
// written as `\n`.

export interface EnvoyLogEntry {
  /** `warning`, `error`, `critical`, ...; `unknown` for a line that is not Envoy's. */
  readonly level: string
  readonly text: string
}

export function readEnvoyLogLine(line: string): EnvoyLogEntry {
  const [, level, text] = /^\[(\w+)\]\[[\w-]+\] ?(.*)$/s.exec(line) ?? []
  if (level === undefined || text === undefined) return { level: 'unknown', text: line }
  return { level, text: unescaped(text).trimEnd() }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', "'": "'", '\\': '\\' }

function unescaped(text: string): string {
  return text.replace(/\\([ntr"'\\])/g, (_, character: string) => escapes[character] ?? character)
}
