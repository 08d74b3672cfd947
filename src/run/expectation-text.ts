// An expectation as the scenario has it, in one line, for tables and messages: `latency: { p99: "<= 400ms" }`.

const charsMax = 200

export function expectationText(check: string, config: unknown): string {
  const text = `${check}: ${flow(config)}`
  return text.length > charsMax ? `${text.slice(0, charsMax - 3)}...` : text
}

/** YAML's flow style, with quotes only where YAML needs them. */
function flow(value: unknown): string {
  if (typeof value === 'string')
    return /^[A-Za-z0-9][\w./-]*$/.test(value) && Number.isNaN(Number(value)) ? value : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '~'
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return entries.length === 0 ? '{}' : `{ ${entries.map(([key, item]) => `${flow(key)}: ${flow(item)}`).join(', ')} }`
}
