// The part of the style sheet that only pipelines need: ledger, lanes, hops, experiment matrix, tables. Narrow screens are dealt
// with at the end of html/style.ts, which holds the colours too.

export const pipelineStyle = `
.unsettled { margin-top: 0.9rem; }
.ledger { margin-top: 1.75rem; }
.ledger h3 { margin: 0; }
.ledger-bar { display: block; width: 100%; height: 40px; margin-top: 0.8rem; border-radius: 8px; overflow: hidden; }
.end { stroke: var(--card); stroke-width: 2px; }
.end.deliveredOnce { fill: var(--ok); } .end.deliveredMore { fill: var(--more); } .end.parked { fill: var(--parked); } .end.dropped { fill: var(--wait); } .end.inFlight { fill: var(--p50); } .end.lost { fill: var(--failed); }
.ledger-ends { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: 0.8rem 1.5rem; margin-top: 1rem; }
.ledger-ends li { display: grid; grid-template-columns: 1.6rem auto 1fr auto; gap: 0 0.45rem; align-items: baseline; align-content: start; padding-top: 0.45rem; border-top: 3px solid var(--wait); }
.ledger-ends strong { font-size: 1.25rem; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.ledger-ends small { color: var(--muted); font-variant-numeric: tabular-nums; }
.end-sign { font-weight: 700; text-align: center; }
.end-about { grid-column: 2 / -1; font-size: 0.85rem; color: var(--muted); }
.ledger-ends .deliveredOnce { border-color: var(--ok); } .ledger-ends .deliveredMore { border-color: var(--more); } .ledger-ends .parked { border-color: var(--parked); } .ledger-ends .inFlight { border-color: var(--p50); } .ledger-ends .lost { border-color: var(--failed); }
.ledger-ends .lost strong, .ledger-ends .lost .end-sign { color: var(--fail); }
.ledger-ends .none { border-color: var(--line); } .ledger-ends .none strong, .ledger-ends .none .end-sign { color: var(--muted); }
.ledger-aside { margin-top: 0.9rem; font-size: 0.9rem; }

.lane-column { margin-top: 0.9rem; min-width: 0; } .lane-column h4 { font-weight: 600; } .lane-column h4 .muted { font-weight: 400; font-size: 0.9em; }
.plot-name { font-size: 0.8rem; color: var(--muted); margin: 0.9rem 0 0.35rem 3.5rem; } .plot-name.numbered { margin-bottom: 1.15rem; }
.canvas.small { height: 72px; grid-column: 2; border-bottom: 1px solid var(--line); }
.canvas.records { height: 84px; } .canvas.freshness { height: 110px; } .canvas.delay { height: 44px; }
.bar.out { fill: var(--p50); } .bar.p99 { fill: var(--sent); } .bar.p50 { fill: var(--p50); }
.waiting-area { fill: var(--backlog); stroke: var(--p99); stroke-width: 1; vector-effect: non-scaling-stroke; }
.curve.delay { stroke: var(--band-line); } .dot { fill: var(--p99); }
.swatch .fault-band { fill: var(--band-line); opacity: 0.4; }
.lanes .marks { margin-top: 0.75rem; }

.hops caption { text-align: left; font-weight: 600; padding-bottom: 0.3rem; } .bars.hops th { width: 10.5rem; white-space: normal; }
.timeline.hops li, .timeline.hops .timeline-axis { grid-template-columns: 9.5rem minmax(0, 1fr) minmax(9rem, 19rem) 10.5rem; }
.timeline.hops .lane-name { font-size: 0.95em; }
.examples.objects { gap: 0.5rem; } .examples.objects > li { padding: 0.5rem 0; border-top: 1px solid var(--line); }
.why { display: inline-block; min-width: 6.6rem; padding: 0.05em 0.6em; border-radius: 999px; font-size: 0.8rem; font-weight: 600; text-align: center; background: var(--sunk); color: var(--muted); }
.why.lost { background: var(--fail-soft); color: var(--fail); } .why.parked, .why.in-flight, .why.repeated { background: var(--inconclusive-soft); color: var(--inconclusive); }

.counts { font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.counts th, .counts td { padding: 0.35rem 0 0.35rem 1.25rem; border-bottom: 1px solid var(--line); }
.counts th:first-child { padding-left: 0; font-weight: 500; } .counts thead th { min-width: 4.6rem; font-size: 0.8rem; font-weight: 500; color: var(--muted); white-space: normal; vertical-align: bottom; } .counts .words { text-align: left; }
.counts .bad { color: var(--fail); font-weight: 600; }
.matrix { font-size: 0.9rem; width: auto; min-width: min(30rem, 100%); }
.matrix th { font-weight: 500; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line); }
.matrix thead th { font-size: 0.8rem; color: var(--muted); vertical-align: bottom; }
.matrix td { padding: 0.25rem 0.35rem; border-bottom: 1px solid var(--line); border-left: 1px solid var(--line); text-align: center; }
.matrix td.empty { background: var(--sunk); }
.matrix-role { display: inline-block; min-width: 8.5rem; }
.cell-part { display: inline-block; margin: 0.08rem; padding: 0.05em 0.55em; border-radius: 5px; font-variant-numeric: tabular-nums; font-weight: 600; background: var(--sunk); color: var(--muted); }
.cell-part.deliveredOnce { background: var(--pass-soft); color: var(--pass); } .cell-part.deliveredMore, .cell-part.parked, .cell-part.inFlight { background: var(--inconclusive-soft); color: var(--inconclusive); } .cell-part.lost { background: var(--fail-soft); color: var(--fail); }
`
