// Marks over the plot of latency, one for each exemplar: where it stands in time and how long it took. Each is a link to the
// request's timeline in this page, or to the command that explains it; a tooltip says the request's story. They lie over the
// picture rather than in it, because a picture has no links for those who do not see it.

import type { RequestExemplar, ScenarioReport } from '../../core/report-model.ts'
import { formatMs } from '../../core/units.ts'
import { oneLine } from '../plain-text.ts'
import { explainCommand, requestAnchor } from './evidence.ts'
import { html, type Markup } from './markup.ts'
import { percent, type TimeScale } from './plot.ts'
import { worthALook } from './timeline-plan.ts'

const marksMax = 150

/** `yOf` gives 0-100 from the top; undefined: it has no place in the plot. */
export function exemplarMarks(
  scenario: ScenarioReport,
  id: string,
  folder: string | undefined,
  time: TimeScale,
  yOf: (latencyMs: number) => number | undefined,
): Markup | undefined {
  const exemplars = (scenario.exemplars ?? []).slice(0, marksMax)
  if (exemplars.length === 0) return undefined
  const listed = new Set(worthALook(scenario).map(({ requestId }) => requestId))
  return html`<svg class="canvas latency exemplars" role="group" aria-label="Slowest and failed requests">${exemplars.map(
    (exemplar) => {
      const height = yOf(exemplar.latencyMs)
      return height === undefined ? undefined : mark(exemplar, height, listed.has(exemplar.requestId))
    },
  )}</svg>`

  function mark(exemplar: RequestExemplar, height: number, isListed: boolean): Markup {
    const { requestId, atMs, latencyMs, failed, story } = exemplar
    const href = isListed ? requestAnchor(id, requestId) : `${id}-explain`
    const x = percent(time.at(atMs))
    const y = percent(height)
    const more = isListed ? '' : `; ${explainCommand(folder, requestId)}`
    const label = `${oneLine(requestId, 60)}, ${formatMs(latencyMs)}${failed ? ', failed' : ''}: ${oneLine(story, 200)}${more}`
    const sign = failed
      ? html`<text class="fail-mark" x="${x}" y="${y}" dy="4">✗</text>`
      : html`<circle class="exemplar" cx="${x}" cy="${y}" r="3"/>`
    // Only what has more to say in this page is a stop for the keyboard.
    return html`<a href="#${href}" class="${isListed ? 'told' : 'untold'}" tabindex="${isListed ? 0 : -1}"><title>${label}</title><circle class="hit" cx="${x}" cy="${y}" r="8"/>${sign}</a>`
  }
}
