// The live page itself: one document without anything from elsewhere, in the style of the report. All that changes is drawn
// by its script from the server's events.

import { createHash } from 'node:crypto'
import { html, verbatim, write } from '../html/markup.ts'
import { style } from '../html/style.ts'
import { liveScript } from './live-script.ts'
import { liveStyle } from './live-style.ts'

const hash = createHash('sha256').update(liveScript).digest('base64')

export const livePolicy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const line = (curve: string, name: string) =>
  html`<li><svg class="swatch" aria-hidden="true"><line class="curve ${curve}" x1="0" x2="100%" y1="50%" y2="50%"/></svg>${name}</li>`
const bar = (style: string, name: string) =>
  html`<li><svg class="swatch" aria-hidden="true"><rect class="bar ${style}" width="100%" height="100%"/></svg>${name}</li>`
const legend = [line('p99', 'p99'), line('p50', 'p50'), bar('sent', 'answered'), bar('failed', 'failed')]

export const livePage = `<!doctype html>\n${write(
  html`<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="referrer" content="no-referrer"/><link rel="icon" href="data:,"/><title>shaketable: running</title><style>${verbatim(style)}${verbatim(liveStyle)}</style></head><body><main><header id="banner" class="banner running"><p class="eyebrow">shaketable, live</p><h1><span class="pulse" aria-hidden="true"></span><span id="word" role="status">Starting</span></h1><p class="lead" id="lead">The environment starts; the first requests follow.</p><div class="progress" aria-hidden="true"><div id="bar"></div></div><p id="go" hidden="hidden"><a id="report" href="report/index.html">Open the report</a></p><p id="lost" class="muted" hidden="hidden">Nothing comes from the run any more. If it has ended, its report is in the run folder.</p></header><div class="live-note muted"><p>Seed <span id="seed"></span>. Figures so far, once a second; the report has the exact ones.</p><ul class="legend">${legend}</ul></div><noscript><p>This page needs its script to show a run while it goes on. The report, which comes after it, does not.</p></noscript><div class="live" id="scenarios"></div></main><script>${verbatim(liveScript)}</script></body></html>`,
)}\n`
