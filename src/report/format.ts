// Numbers the way a person reads them, alike in every report: thousands separated, ratios in per cent, chances as one in so
// many. Durations are in core/units.ts.

import type { Verdict } from '../core/verdict.ts'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export function formatCount(count: number): string {
  return Number.isFinite(count) ? whole.format(count) : '–'
}

/** `1 request`, `1,500 requests`. */
export function formatCounted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}

/** `0 %`, `0.03 %`, `5.0 %`, `100 %`: never rounds something to nothing, nor almost everything to everything. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–'
  const percent = ratio * 100
  if (percent === 0 || percent === 100) return `${percent} %`
  if (Math.abs(percent) < 0.01) return '< 0.01 %'
  if (Math.abs(percent) < 1) return `${percent.toFixed(2)} %`
  if (percent > 99 && percent < 100) return `${(Math.floor(percent * 100) / 100).toFixed(2)} %`
  return `${percent.toFixed(Math.abs(percent) < 10 ? 1 : 0)} %`
}

export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '–'
  return `${perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond)}/s`
}

/** `1 in 12,000,000`; `less than 1 in 10^15` past what anyone would compare. */
export function formatChance(probability: number): string {
  if (!(probability >= 0 && probability <= 1)) return '–'
  if (probability < 1e-15) return 'less than 1 in 10^15'
  if (probability > 0.5) return formatRatio(probability)
  const odds = 1 / probability
  if (odds >= 1e9) return `1 in 10^${Math.floor(Math.log10(odds))}`
  return `1 in ${formatCount(Number(odds.toPrecision(2)))}`
}

/** The word and the sign of a verdict. Colour never stands alone. */
export const verdictWords: Readonly<Record<Verdict, { readonly word: string; readonly sign: string }>> = {
  pass: { word: 'passed', sign: '✓' },
  fail: { word: 'failed', sign: '✗' },
  inconclusive: { word: 'inconclusive', sign: '?' },
}
