// Words and numbers that only pipelines need, alike in every report.

import type { End } from './collect-ledger.ts'

/** `512 B`, `12 kB`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–'
  if (bytes < 1000) return `${Math.round(bytes)} B`
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB']
  return `${size < 10 ? Number(size.toFixed(1)) : Math.round(size)} ${unit}`
}

interface EndWords {
  readonly word: string
  readonly about: string
  readonly sign: string
}

/** In the order in which a person wants to read them. */
export const endWords: Readonly<Record<End, EndWords>> = {
  deliveredOnce: { word: 'delivered once', sign: '✓', about: 'The handler’s downstream took it exactly once.' },
  deliveredMore: { word: 'delivered more often', sign: '+', about: 'It arrived, and then again.' },
  parked: { word: 'parked', sign: 'P', about: 'It stands in the ErrorTaskTable, to be drained.' },
  dropped: { word: 'dropped by routing', sign: '–', about: 'The config says so.' },
  inFlight: { word: 'still under way', sign: '…', about: 'The deadline came first.' },
  lost: { word: 'lost', sign: '✗', about: 'Nobody has it any more.' },
}

export const ends = Object.keys(endWords) as readonly End[]
