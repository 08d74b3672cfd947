// What the live page adds to the report's style sheet, whose colours and cards it shares.

export const liveStyle = `
.live-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.4rem 1rem; }
.banner.running { background: var(--card); }
.banner.running h1 { color: var(--text); }
.pulse { width: 0.55em; height: 0.55em; border-radius: 50%; background: var(--p50); display: inline-block; }
@media (prefers-reduced-motion: no-preference) { .running .pulse { animation: pulse 1.6s ease-in-out infinite; } }
@keyframes pulse { 50% { opacity: 0.25; } }
.banner:not(.running) .pulse { display: none; }
.progress { display: block; width: 100%; height: 8px; margin-top: 1.25rem; border-radius: 4px; background: var(--sunk); overflow: hidden; }
.progress div { height: 100%; background: var(--p50); width: 0; transition: width 0.4s linear; }
.pass .progress div { background: var(--ok); } .fail .progress div { background: var(--failed); } .inconclusive .progress div { background: var(--band-line); }
.badge.waiting { color: var(--muted); background: var(--sunk); }
.badge.running { color: var(--p50); background: var(--sunk); }
.badge.ended { color: var(--text); background: var(--sunk); }
.live { display: grid; gap: 1rem; margin-top: 1.5rem; }
.live .scenario { margin: 0; padding: 1.1rem 1.4rem 1.25rem; }
.live .scenario.waiting { padding: 0.7rem 1.4rem; border-style: dashed; background: transparent; }
.live .scenario.waiting .about, .live .scenario.waiting .live-body { display: none; }
.live h2 { font-size: 1.1rem; }
.live .clock { margin-left: auto; color: var(--muted); font-variant-numeric: tabular-nums; font-size: 0.9rem; }
.live .about { color: var(--muted); font-size: 0.95rem; margin-top: 0.2rem; }
.live .figures-row { margin-top: 0.9rem; padding-top: 0.9rem; gap: 0.6rem 1.25rem; grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); }
.live .figures-row dd { font-size: 1.15rem; }
.live .bad { color: var(--fail); }
.live-plot { position: relative; margin-top: 1rem; }
.live-plot svg { display: block; width: 100%; height: 92px; border-bottom: 1px solid var(--line); }
.live-plot .latency { height: 92px; } .live-plot .counts { height: 46px; margin-top: 0.4rem; }
.live-plot .top, .live-plot .low { position: absolute; left: 0; font-size: 0.72rem; color: var(--muted); background: var(--card); padding-right: 0.3rem; line-height: 1.2; }
.live-plot .top { top: 0; } .live-plot .low { top: 76px; }
.live-axis { display: flex; justify-content: space-between; font-size: 0.75rem; color: var(--muted); margin-top: 0.2rem; }
.live-faults { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin-top: 0.5rem; font-size: 0.85rem; color: var(--muted); }
.live-faults li { border-left: 4px solid var(--band-line); padding-left: 0.5rem; }
.live-marks { margin-top: 0.5rem; font-size: 0.85rem; display: grid; gap: 0.1rem; }
.live-marks span { color: var(--muted); font-variant-numeric: tabular-nums; margin-right: 0.5rem; }
.live-note { margin-top: 0.75rem; font-size: 0.85rem; } .live-note .legend { justify-content: flex-start; }
#lost { margin-top: 0.75rem; }
#go { margin-top: 0.9rem; font-weight: 600; }
@media (max-width: 760px) {
  .live .scenario { padding: 1rem 1.1rem 1.1rem; } .live .scenario.waiting { padding: 0.6rem 1.1rem; }
  .live .figures-row { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .live .figures-row dd { font-size: 1.05rem; }
}
`
