// Where faults and marks lie on a time axis: a lane with a name for each fault, shading across the plots beneath, and
// numbered lines for marks.

import type { FaultReport, ScenarioReport } from '../../core/report-model.ts'
import { wholeScenarioMs } from '../../core/scenario-record.ts'
import { formatMs } from '../../core/units.ts'
import { formatCount } from '../format.ts'
import { html, type Markup, said } from './markup.ts'
import { percent, type TimeScale } from './plot.ts'

const lanesMax = 8

export function faultLanes(faults: readonly FaultReport[], time: TimeScale): Markup | undefined {
  if (faults.length === 0) return undefined
  return html`<div class="fault-lanes" aria-hidden="true">${faults.slice(0, lanesMax).map((fault) => {
    const left = time.at(fault.fromMs)
    const right = time.at(fault.untilMs)
    // The name starts where the fault starts, unless that leaves it no room.
    const room = left > 55 ? right : 100 - left
    const side = left > 55 ? `right:${percent(100 - right)};text-align:right` : `left:${percent(left)}`
    const place = `${side};max-width:${percent(room)}`
    return html`<div class="plot"><div class="y-axis"></div><div class="fault-lane"><span class="fault-name" style="${place}">${said(fault.name, 60)}</span><span class="fault-bar" style="left:${percent(left)};width:${percent(Math.max(0.4, right - left))}"></span></div></div>`
  })}</div>`
}

export function faultBands(faults: readonly FaultReport[], time: TimeScale): Markup {
  return html`<g>${faults.slice(0, lanesMax).map((fault) => {
    const left = time.at(fault.fromMs)
    return html`<rect class="fault-band" x="${percent(left)}" width="${percent(Math.max(0, time.at(fault.untilMs) - left))}" height="100%"/>`
  })}</g>`
}

export function markLines(marks: ScenarioReport['marks'], time: TimeScale, numbered: boolean): Markup {
  return html`<g>${marks.map((mark, index) => {
    const at = time.at(mark.atMs)
    const number = numbered ? html`<text class="mark-number" x="${percent(at)}" y="-5">${index + 1}</text>` : undefined
    return html`<line class="mark" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="100%"/>${number}`
  })}</g>`
}

export function faultList(faults: readonly FaultReport[]): Markup | undefined {
  if (faults.length === 0) return undefined
  return html`<h3>Faults</h3><ul class="fault-list">${faults.map((fault) => {
    const host = fault.host === undefined ? '' : `, host ${fault.host}`
    const fired =
      fault.fired === 0
        ? html`<strong>never fired</strong>`
        : html`fired ${formatCount(fault.fired)} ${fault.fired === 1 ? 'time' : 'times'}`
    return html`<li><strong>${said(fault.name, 80)}</strong> on ${said(fault.target, 80)}${host}: ${said(fault.about, 300)} <span class="muted">${formatMs(fault.fromMs)} to ${fault.untilMs >= wholeScenarioMs ? 'the end' : formatMs(fault.untilMs)},</span> ${fired}</li>`
  })}</ul>`
}
