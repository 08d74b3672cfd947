// Durations in configuration are text with a unit ("250ms", "1.5s", "2m"); inside the program they are numbers whose
// name ends in the unit. This file is the only bridge between the two.

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * Reads a duration such as `"250ms"`, `"1.5s"`, `"2m"` or `"1h"`.
 * @returns milliseconds, or `undefined` when the text is not a duration
 */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)$/.exec(text.trim())
  const [, amount, unit] = match ?? []
  if (amount === undefined || unit === undefined) return undefined
  return Number(amount) * (unitsMs[unit] ?? Number.NaN)
}

/** Writes milliseconds the way a person reads them: `0.4 ms`, `74 ms`, `1.20 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (Math.abs(ms) < 10) return `${trimZero(ms.toFixed(1))} ms`
  if (Math.abs(ms) < 1000) return `${ms.toFixed(0)} ms`
  if (Math.abs(ms) < 60_000) return `${(ms / 1000).toFixed(2)} s`
  return `${Math.floor(ms / 60_000)} min ${((ms % 60_000) / 1000).toFixed(0)} s`
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text
}
