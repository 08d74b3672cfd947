// Geometry that all charts share. Everything horizontal is in per cent of the plot's width, so a chart fits any screen while
// its text keeps its size; curves sit in a nested, stretched SVG. Charts are pictures of data that is also given as a table.

import { scaleLinear } from 'd3-scale'
import { formatMs } from '../../core/units.ts'
import { type Content, html, type Markup } from './markup.ts'

/** 0-100 with two digits; what lies outside or is no number goes to the nearer edge. */
export function percent(value: number): string {
  const kept = Number.isNaN(value) ? 0 : Math.min(100, Math.max(0, value))
  return `${Number(kept.toFixed(2))}%`
}

export interface TimeScale {
  readonly ticks: readonly number[]
  /** Milliseconds to 0-100. */
  at(ms: number): number
}

export function timeScale(durationMs: number): TimeScale {
  const endMs = Number.isFinite(durationMs) && durationMs > 0 ? durationMs : 1
  const scale = scaleLinear([0, endMs], [0, 100]).clamp(true)
  return { ticks: scale.ticks(4), at: (ms) => (Number.isFinite(ms) ? scale(ms) : 0) }
}

export interface AxisTick {
  /** 0-100 from the left or from the top. */
  readonly at: number
  readonly label: string
}

export function timeTicks(scale: TimeScale): readonly AxisTick[] {
  return scale.ticks.map((ms) => ({ at: scale.at(ms), label: ms === 0 ? '0 s' : formatTick(ms) }))
}

/** Ticks are round numbers: `1.5 s` rather than `1.50 s`. */
export function formatTick(ms: number): string {
  return ms >= 1000 && ms < 60_000 ? `${Number((ms / 1000).toPrecision(3))} s` : formatMs(ms)
}

export function xAxis(ticks: readonly AxisTick[], label?: string): Markup {
  return html`<div class="x-axis" aria-hidden="true">${ticks.map(
    (tick) => html`<span class="${edgeClass(tick.at)}" style="left:${percent(tick.at)}">${tick.label}</span>`,
  )}${label === undefined ? undefined : html`<b>${label}</b>`}</div>`
}

export function yAxis(ticks: readonly AxisTick[]): Markup {
  return html`<div class="y-axis" aria-hidden="true">${ticks.map(
    (tick) => html`<span style="top:${percent(tick.at)}">${tick.label}</span>`,
  )}</div>`
}

export function gridLines(xTicks: readonly AxisTick[], yTicks: readonly AxisTick[]): Markup {
  const vertical = xTicks.map(
    ({ at }) => html`<line class="grid" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="100%"/>`,
  )
  const horizontal = yTicks.map(
    ({ at }) => html`<line class="grid" x1="0" x2="100%" y1="${percent(at)}" y2="${percent(at)}"/>`,
  )
  return html`<g>${vertical}${horizontal}</g>`
}

/** The picture itself: named and described for those who do not see it. */
export function canvas(
  id: string,
  options: { readonly kind: string; readonly title: string; readonly description: string },
  content: Content,
): Markup {
  return html`<svg class="canvas ${options.kind}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${options.title}</title><desc id="${id}-d">${options.description}</desc>${content}</svg>`
}

/** Holds curves in a space of 100 by 100 that stretches with the chart. */
export function stretched(content: Content): Markup {
  return html`<svg x="0" y="0" width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none">${content}</svg>`
}

/** The same data as text, for screen readers, for copying and for the curious. */
export function dataTable(caption: string, head: readonly string[], rows: readonly (readonly Content[])[]): Markup {
  return html`<details class="data"><summary>Data: ${caption}</summary><div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption class="hidden">${caption}</caption><thead><tr>${head.map(
    (title) => html`<th scope="col">${title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div></details>`
}

/** Labels at the edges lean inwards, so that none is cut. */
function edgeClass(at: number): string {
  return at < 4 ? 'first' : at > 96 ? 'last' : 'middle'
}
