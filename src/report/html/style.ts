// The style sheet: system fonts, light and dark, print. Colours of text and badges reach WCAG AA on their backgrounds (a
// browser test computes it). No layout depends on the script, and nothing is wider than a 390 px screen.

import { pipelineStyle } from './pipeline/style.ts'

export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --sunk: #f1f3f6; --line: #d9dee5; --text: #1a1f27; --muted: #556070; --link: #0b57c2;
  --pass: #0d6b35; --pass-soft: #dcf5e5; --fail: #b3142b; --fail-soft: #ffe6e8; --inconclusive: #7a4d00; --inconclusive-soft: #fff0cc;
  --p50: #0b62c4; --p99: #8a35c9; --max: #76808f; --sent: #9db2cf; --failed: #d0273f; --ok: #1e8a4c; --wait: #b7bfca;
  --band: #e08a0026; --band-line: #b86e00; --more: #2f7f8f; --parked: #a8650a; --backlog: #8a35c933;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1217; --card: #161b22; --sunk: #1d242d; --line: #313a46; --text: #e5eaf1; --muted: #9ba8b8; --link: #79b4ff;
    --pass: #76dc9b; --pass-soft: #11301d; --fail: #ff9aa4; --fail-soft: #3c151b; --inconclusive: #f2c661; --inconclusive-soft: #382a0a;
    --p50: #6cb0ff; --p99: #c997ff; --max: #8793a3; --sent: #486080; --failed: #f2566b; --ok: #3fb573; --wait: #4d5866;
    --band: #f0a02e24; --band-line: #e0a03e; --more: #4fb3c6; --parked: #e0a03e; --backlog: #c997ff33;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif; overflow-wrap: anywhere; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3, h4, p, ul, ol, dl, dd, figure, pre, table { margin: 0; padding: 0; }
h1 { font-size: 2.6rem; line-height: 1.1; letter-spacing: -0.02em; font-weight: 700; }
h2 { font-size: 1.4rem; line-height: 1.25; letter-spacing: -0.01em; }
h3 { font-size: 1.05rem; margin: 2rem 0 0.6rem; }
h4 { font-size: 1rem; line-height: 1.45; font-weight: 500; }
a { color: var(--link); text-underline-offset: 0.15em; }
code, pre { font-family: var(--mono); font-size: 0.86em; }
ul, ol { list-style: none; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; }
.muted { color: var(--muted); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
summary { cursor: pointer; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }

.badge { display: inline-flex; align-items: center; gap: 0.4em; padding: 0.14em 0.65em 0.14em 0.5em; border-radius: 999px; font-size: 0.85rem; font-weight: 600; line-height: 1.5; white-space: nowrap; }
.badge.pass { color: var(--pass); background: var(--pass-soft); }
.badge.fail { color: var(--fail); background: var(--fail-soft); }
.badge.inconclusive { color: var(--inconclusive); background: var(--inconclusive-soft); }

.banner { padding: 2rem 2rem 1.75rem; border-radius: 16px; border: 1px solid var(--line); background: var(--card); }
.banner .eyebrow { font-size: 0.85rem; font-weight: 600; letter-spacing: 0.02em; margin-bottom: 0.5rem; }
.banner h1 { display: flex; align-items: center; gap: 0.35em; }
.banner .lead { font-size: 1.15rem; margin-top: 0.5rem; color: var(--text); }
.banner.pass { background: var(--pass-soft); border-color: transparent; }
.banner.fail { background: var(--fail-soft); border-color: transparent; }
.banner.inconclusive { background: var(--inconclusive-soft); border-color: transparent; }
.banner.pass h1, .banner.pass .eyebrow { color: var(--pass); }
.banner.fail h1, .banner.fail .eyebrow { color: var(--fail); }
.banner.inconclusive h1, .banner.inconclusive .eyebrow { color: var(--inconclusive); }
.problem { margin-top: 0.75rem; }
.tally { display: block; width: 100%; height: 8px; margin-top: 1.25rem; border-radius: 4px; overflow: hidden; }
.tally .fail { fill: var(--failed); } .tally .inconclusive { fill: var(--band-line); } .tally .pass { fill: var(--ok); }

.run { margin-top: 1.25rem; display: grid; gap: 1.25rem; }
.run dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.75rem 1.5rem; padding: 0 0.25rem; }
dt { font-size: 0.8rem; color: var(--muted); }
.run dd { font-weight: 500; }
.replay p { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2rem 0.6rem; padding: 0 0.25rem; }
.replay pre { margin-top: 0.4rem; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); white-space: pre-wrap; }
button { font: inherit; font-size: 0.85rem; padding: 0.15rem 0.8rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card); color: var(--link); cursor: pointer; margin-left: auto; }

.overview { margin-top: 3rem; }
.overview ul { margin-top: 0.75rem; border-top: 1px solid var(--line); }
.overview li { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: 0.1rem 1rem; padding: 0.7rem 0.25rem; border-bottom: 1px solid var(--line); align-items: baseline; }
.overview .badge { justify-self: start; }
.overview a { font-weight: 600; }
.overview .reason { grid-column: 2; color: var(--muted); font-size: 0.95rem; }
#filter { margin-top: 0.75rem; color: var(--muted); font-size: 0.9rem; }
#filter input { font: inherit; padding: 0.3rem 0.8rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card); color: var(--text); width: min(18rem, 100%); }

.compared { margin-top: 2.5rem; } .compared > p { font-size: 0.95rem; margin-top: 0.3rem; }
.changes { margin-top: 0.75rem; display: grid; gap: 0.25rem; }
.compared + .scenario { margin-top: 3rem; }
.scenario { margin-top: 2rem; padding: 1.75rem 2rem 2rem; border: 1px solid var(--line); border-radius: 16px; background: var(--card); }
.overview + .scenario { margin-top: 3rem; }
.scenario header h2 { margin: 0.6rem 0 0.35rem; }
.scenario .about { max-width: 46rem; text-wrap: pretty; }
.scenario .file { font-size: 0.85rem; margin-top: 0.2rem; }
.expectations { margin-top: 1.25rem; font-size: 0.95rem; }
.expectations th { font-size: 0.8rem; color: var(--muted); font-weight: 500; padding: 0 1rem 0.35rem 0; }
.expectations td { padding: 0.6rem 1rem 0.6rem 0; border-top: 1px solid var(--line); vertical-align: top; }
.expectations td:first-child { width: 8.5rem; }
.expectations td:nth-child(2) { width: 34%; }
.expectations .looked { display: block; font-size: 0.85rem; }
.figures-row { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 1rem 1.25rem; margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.figures-row dd { font-size: 1.3rem; font-weight: 600; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.figures-row small { display: block; font-size: 0.8rem; font-weight: 400; letter-spacing: 0; color: var(--muted); }
details.figures { margin-top: 1.5rem; }
details.alike, .finding ~ .more, details.alike ~ .more { margin-top: 1rem; }
details.alike > summary { color: var(--link); font-weight: 600; width: fit-content; }
details.figures > summary { color: var(--link); font-weight: 600; width: fit-content; }

.finding { margin-top: 1rem; padding: 1.1rem 1.25rem 1.25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--ground); }
.finding .rule { font-family: var(--mono); font-size: 0.88em; font-weight: 700; color: var(--fail); margin-right: 0.35em; }
.facts { margin-top: 0.8rem; display: grid; gap: 0.3rem; font-size: 0.95rem; }
.facts div { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0.75rem; align-items: baseline; }
.source { margin-top: 0.9rem; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; background: var(--card); }
.source figcaption { padding: 0.35rem 0.8rem; font-size: 0.8rem; color: var(--muted); border-bottom: 1px solid var(--line); font-family: var(--mono); }
.source pre { padding: 0.55rem 0.8rem; white-space: pre-wrap; }
.line-number { color: var(--muted); margin-right: 1em; user-select: none; }

.timeline { margin-top: 1.1rem; font-size: 0.9rem; }
.timeline li { display: grid; grid-template-columns: 5.75rem minmax(0, 1fr) minmax(9rem, 17rem) 10.5rem; grid-template-areas: 'name bar label time'; gap: 0 1rem; align-items: center; min-height: 1.9rem; }
.lane-name { grid-area: name; color: var(--muted); } .lane-label { grid-area: label; } .lane-time { grid-area: time; color: var(--muted); font-variant-numeric: tabular-nums; text-align: right; font-size: 0.85em; }
.lane-bar { grid-area: bar; width: 100%; height: 18px; display: block; background: var(--sunk); border-radius: 3px; }
.timeline-axis { display: grid; grid-template-columns: 5.75rem minmax(0, 1fr) minmax(9rem, 17rem) 10.5rem; gap: 0 1rem; }
.timeline-axis .x-axis { grid-column: 2; }
li.ok .sign { color: var(--pass); } li.failed .sign { color: var(--fail); } li.waiting .lane-label { color: var(--muted); }
.bar.ok { fill: var(--ok); } .bar.failed { fill: var(--failed); } .bar.waiting { fill: var(--wait); } .bar.sent { fill: var(--sent); }

.chart { margin-top: 1.75rem; }
.chart figcaption h3 { margin: 0; }
.chart figcaption { margin-bottom: 0.9rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; font-size: 0.85rem; color: var(--muted); margin-top: 0.3rem; }
.legend li { display: inline-flex; align-items: center; gap: 0.45rem; }
.swatch { width: 1.5rem; height: 0.65rem; }
.plot { display: grid; grid-template-columns: 3.5rem minmax(0, 1fr); }
.canvas { display: block; width: 100%; overflow: visible; }
.canvas.latency { height: 220px; margin-top: 1.1rem; border-bottom: 1px solid var(--line); }
.canvas.requests { height: 76px; margin-top: 0.9rem; border-bottom: 1px solid var(--line); }
.canvas.distribution { height: 180px; border-bottom: 1px solid var(--line); }
.y-axis { position: relative; font-size: 0.75rem; color: var(--muted); }
.canvas.latency, .canvas.requests { grid-column: 2; }
.plot:has(.latency) .y-axis { margin-top: 1.1rem; } .plot:has(.requests) .y-axis { margin-top: 0.9rem; }
.y-axis span { position: absolute; right: 0.6rem; transform: translateY(-50%); white-space: nowrap; }
.x-axis { position: relative; height: 1.5rem; margin-top: 0.3rem; font-size: 0.75rem; color: var(--muted); }
.x-axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.x-axis span.first { transform: none; } .x-axis span.last { transform: translateX(-100%); }
.x-axis:has(b) { height: 2.6rem; }
.x-axis b { position: absolute; right: 0; top: 1.2rem; font-weight: 400; }
.grid { stroke: var(--line); stroke-width: 1; }
.curve { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.curve.p50 { stroke: var(--p50); } .curve.p99 { stroke: var(--p99); stroke-dasharray: 7 3; } .curve.max { stroke: var(--max); stroke-width: 1.5; stroke-dasharray: 1.5 3; }
.fail-mark { fill: var(--failed); color: var(--fail); font-size: 11px; font-weight: 700; text-anchor: middle; }
.plot:has(.exemplars) > * { grid-row: 1; }
.canvas.exemplars { border-color: transparent; pointer-events: none; }
.exemplars a { pointer-events: auto; }
.exemplar { fill: var(--card); stroke: var(--max); stroke-width: 1.5; }
.exemplars .told .exemplar { fill: var(--max); }
.exemplars a:hover .exemplar, .exemplars a:focus-visible .exemplar { fill: var(--link); stroke: var(--link); }
.exemplars .hit { fill: transparent; }
.examples [id] { scroll-margin-top: 5rem; } .examples + .muted { margin-top: 0.8rem; font-size: 0.9rem; }
.examples :target { outline: 2px solid var(--link); outline-offset: 4px; border-radius: 4px; }
.tips rect { fill: transparent; } .tips rect:hover { fill: var(--band); }
.fault-lanes .y-axis { min-height: 1px; }
.fault-lane { position: relative; height: 1.7rem; }
.fault-name { position: absolute; top: 0; font-size: 0.78rem; line-height: 1.2rem; color: var(--muted); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.fault-bar { position: absolute; bottom: 0.1rem; height: 4px; border-radius: 2px; background: var(--band-line); }
.fault-band { fill: var(--band); }
.mark { stroke: var(--text); stroke-width: 1; stroke-dasharray: 2 3; }
.mark-number { fill: var(--text); font-size: 11px; text-anchor: middle; font-weight: 600; }
.marks { counter-reset: mark; font-size: 0.9rem; display: grid; gap: 0.15rem; margin-bottom: 0.75rem; }
.marks li { counter-increment: mark; padding-left: 3.5rem; position: relative; }
.marks li::before { content: counter(mark); position: absolute; left: 1.9rem; font-weight: 600; font-size: 0.85rem; }
.percentile { stroke: var(--text); stroke-width: 1; stroke-dasharray: 4 3; }
.percentile-name { fill: var(--text); font-size: 12px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 3rem; }
.bars th { font-weight: 500; font-size: 0.9rem; padding-right: 1rem; white-space: nowrap; width: 1%; }
.bars td { padding: 0.2rem 0 0.2rem 0.75rem; font-size: 0.9rem; width: 1%; }
.bars .bar-cell { width: auto; padding-left: 0; } .bars svg { display: block; width: 100%; height: 14px; background: var(--sunk); border-radius: 2px; }
.fault-list, .examples, .log, .data ul { display: grid; gap: 0.45rem; }
.examples { gap: 0.7rem; } .examples code { margin-right: 0.4em; }
.log code { white-space: pre-wrap; }

${pipelineStyle}
.graph { display: block; width: 100%; height: auto; }
.graph-list { display: none; gap: 0.6rem; font-size: 0.95rem; } .graph-list .failing { color: var(--fail); font-weight: 600; }
.node rect { fill: var(--card); stroke: var(--muted); stroke-width: 1.2; }
.node.faulty rect { stroke: var(--band-line); stroke-width: 2; stroke-dasharray: 6 3; fill: var(--sunk); }
.node text { fill: var(--text); font-size: 14px; text-anchor: middle; font-weight: 500; }
.edge { fill: none; stroke: var(--sent); } .edge.failing { stroke: var(--failed); } .edge.idle { stroke-dasharray: 4 4; }
.edge-label text { fill: var(--text); font-size: 13px; text-anchor: middle; font-weight: 600; }
.edge-label .errors { font-weight: 400; fill: var(--muted); } .edge-label.failing .errors { fill: var(--fail); font-weight: 600; }

details.data { margin-top: 1rem; font-size: 0.9rem; }
details.data > summary { color: var(--muted); width: fit-content; }
details.data > :not(summary) { margin-top: 0.6rem; }
.scroll table { white-space: nowrap; overflow-wrap: normal; }
.scroll { position: relative; overflow-x: auto; max-height: 24rem; overflow-y: auto; }
.data table { font-variant-numeric: tabular-nums; width: auto; min-width: min(30rem, 100%); }
.data th, .data td { padding: 0.2rem 1.2rem 0.2rem 0; border-bottom: 1px solid var(--line); text-align: left; }
.data .number { text-align: right; padding-right: 0; }
.false-alarm { margin-top: 1.5rem; font-size: 0.9rem; }
footer { margin-top: 3rem; color: var(--muted); font-size: 0.85rem; }

@media (max-width: 760px) {
  main { padding: 1rem 0.9rem 3rem; }
  h1 { font-size: 2.1rem; }
  .banner { padding: 1.4rem 1.25rem; border-radius: 14px; }
  .scenario { padding: 1.25rem 1.1rem 1.5rem; border-radius: 14px; }
  .overview li { grid-template-columns: minmax(0, 1fr); gap: 0.3rem; }
  .overview .reason { grid-column: 1; }
  .expectations thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .expectations tr { display: grid; gap: 0.4rem; padding: 0.8rem 0; border-top: 1px solid var(--line); }
  .expectations td, .expectations td:nth-child(2) { padding: 0; border: 0; width: auto; }
  .finding { padding: 1rem; }
  .facts div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .timeline li { grid-template-columns: 5.25rem minmax(0, 1fr) auto; grid-template-areas: 'name label time' 'bar bar bar'; gap: 0.15rem 0.5rem; padding: 0.35rem 0; align-items: baseline; }
  .timeline-axis, .timeline.hops .timeline-axis { display: block; }
  .plot-name { margin-left: 3.4rem; } .matrix-role { display: block; min-width: 0; } .bars.hops th { width: 7.2rem; padding-right: 0.5rem; } .bars.hops td { padding-left: 0.4rem; }
  .timeline.hops li { grid-template-columns: minmax(0, 1fr) auto; grid-template-areas: 'name time' 'label label' 'bar bar'; }
  .plot { grid-template-columns: 3.4rem minmax(0, 1fr); } .y-axis span { right: 0.45rem; }
  .graph, .mesh details.data { display: none; } .graph-list { display: grid; }
  .fail-mark { font-size: 7px; }
  .run dl { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .figures-row { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media print {
  :root { --ground: #fff; --sunk: #f1f3f6; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  .scenario { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 1rem 0; }
  .finding, .chart, .banner { break-inside: avoid; }
  button, #filter, details.data { display: none; }
  details.figures::details-content, details.alike::details-content { content-visibility: visible; block-size: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
