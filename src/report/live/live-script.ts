// The script of the live page. It draws what the server tells it, with text nodes and attributes only, so that nothing a user
// wrote can become markup. When the run is over it goes to the report.

export const liveScript = `
'use strict';
const byId = (id) => document.getElementById(id);
const svgNames = new Set(['svg', 'rect', 'path', 'line']);
const make = (name, attributes = {}, ...children) => {
  const node = svgNames.has(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ms = (value) => value === undefined || value === null ? '–'
  : value < 10 ? value.toFixed(1) + ' ms' : value < 999.5 ? value.toFixed(0) + ' ms' : (value / 1000).toFixed(value < 10000 ? 2 : 1) + ' s';
const ratio = (part, all) => all === 0 ? '–' : part === all ? '100 %' : (Math.floor(part / all * 1000) / 10).toFixed(1) + ' %';
const words = { pass: '✓ passed', fail: '✗ failed', inconclusive: '? inconclusive', waiting: 'waiting', running: 'running', ended: 'done' };

let plans = new Map();
let figures = new Map();
let cards = new Map();
let finished = false;

function begin(run) {
  finished = false;
  plans = new Map(run.scenarios.map((plan) => [plan.name, plan]));
  figures = new Map();
  cards = new Map();
  byId('seed').textContent = run.seed;
  byId('go').hidden = true;
  const list = byId('scenarios');
  list.replaceChildren();
  for (const plan of run.scenarios) {
    const card = cardOf(plan);
    cards.set(plan.name, card);
    list.append(card.section);
  }
  banner('running', 'Running', '');
}

function cardOf(plan) {
  const badge = make('span', { class: 'badge waiting' }, words.waiting);
  const clock = make('span', { class: 'clock' });
  const body = make('div', { class: 'live-body' });
  const section = make('section', { class: 'scenario waiting', 'aria-label': plan.name },
    make('div', { class: 'live-head' }, badge, make('h2', {}, make('bdi', {}, plan.name)), clock),
    make('p', { class: 'about' }, make('bdi', {}, plan.about)), body);
  return { section, badge, clock, body };
}

function show(now) {
  figures.set(now.name, now);
  const card = cards.get(now.name);
  const plan = plans.get(now.name);
  if (!card || !plan) return;
  card.section.className = 'scenario ' + now.state;
  card.badge.className = 'badge ' + now.state;
  card.badge.textContent = words[now.state];
  card.clock.textContent = now.state === 'waiting' ? '' : ms(now.elapsedMs) + (plan.sort === 'mesh' ? ' of ' + ms(plan.durationMs) : '');
  card.body.replaceChildren(...(now.state === 'waiting' ? [] : [figuresOf(plan, now), plotOf(plan, now), faultsOf(plan), marksOf(now)]));
}

function figuresOf(plan, now) {
  const settled = now.answered;
  const shown = plan.sort === 'pipeline'
    ? [['Objects', whole.format(now.objects)], ['Lines delivered', whole.format(now.lines)], ['Parked', whole.format(now.parked), now.parked > 0]]
    : [['Requests', whole.format(now.sent)], ['Succeeded', ratio(settled - now.failed, settled), now.failed > 0],
       ['Attempts', now.sent === 0 ? '–' : (now.attempts / Math.max(1, settled)).toFixed(2) + ' each'], ['p50', ms(now.p50Ms)], ['p99', ms(now.p99Ms)],
       ...(now.overflows > 0 ? [['Overflows', whole.format(now.overflows), true]] : [])];
  return make('dl', { class: 'figures-row' }, ...shown.map(([term, text, bad]) =>
    make('div', {}, make('dt', {}, term), make('dd', bad ? { class: 'bad' } : {}, text))));
}

function plotOf(plan, now) {
  const endMs = Math.max(plan.sort === 'mesh' ? plan.durationMs : 1, now.elapsedMs, now.binMs);
  const x = (at) => Math.min(100, at / endMs * 100);
  const known = now.p99.concat(now.p50).filter((value) => value !== null);
  const bands = plan.faults.map((fault) => make('rect', { class: 'fault-band', x: x(fault.fromMs), width: Math.max(0.2, x(fault.untilMs) - x(fault.fromMs)), y: 0, height: 100 }));
  const top = Math.max(1, ...now.ok.map((ok, index) => ok + now.notOk[index]));
  const bars = now.ok.flatMap((ok, index) => {
    const width = x(now.binMs) * 0.86;
    const left = x(index * now.binMs);
    const bad = now.notOk[index];
    const bar = (style, from, count) => count > 0 ? [make('rect', { class: 'bar ' + style, x: left, width, y: 100 - (from + count) / top * 100, height: count / top * 100 })] : [];
    return [...bar('sent', 0, ok), ...bar('failed', ok, bad)];
  });
  const box = { viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  const counts = make('svg', { ...box, class: 'counts' }, ...bands.map((band) => band.cloneNode()), ...bars);
  const axis = make('div', { class: 'live-axis', 'aria-hidden': 'true' }, make('span', {}, '0'), make('span', {}, ms(endMs)));
  if (known.length === 0) return make('div', { class: 'live-plot' }, counts, axis);
  const low = Math.min(...known) / 1.3;
  const high = Math.max(...known, low * 2) * 1.3;
  const y = (value) => 100 - Math.log(value / low) / Math.log(high / low) * 100;
  const curve = (style, values) => {
    let open = false;
    const d = values.map((value, index) => {
      if (value === null) { open = false; return ''; }
      const step = (open ? 'L' : 'M') + x((index + 0.5) * now.binMs).toFixed(2) + ' ' + y(value).toFixed(2);
      const lone = !open && (values[index + 1] ?? null) === null ? 'h0.6' : '';
      open = true;
      return step + lone;
    }).join('');
    return make('path', { class: 'curve ' + style, d });
  };
  const latency = make('svg', { ...box, class: 'latency' }, ...bands, curve('p99', now.p99), curve('p50', now.p50));
  return make('div', { class: 'live-plot' }, latency, make('span', { class: 'top' }, ms(high / 1.3)), make('span', { class: 'low' }, ms(low * 1.3)), counts, axis);
}

const faultsOf = (plan) => make('ul', { class: 'live-faults', 'aria-label': 'Fault windows' }, ...plan.faults.map((fault) =>
  make('li', {}, make('bdi', {}, fault.name), ' ' + ms(fault.fromMs) + ' to ' + ms(fault.untilMs))));

const marksOf = (now) => make('ol', { class: 'live-marks', 'aria-label': 'What happened' }, ...now.marks.slice(-6).map((mark) =>
  make('li', {}, make('span', {}, ms(mark.atMs)), make('bdi', {}, mark.label))));

function banner(style, word, sentence) {
  const all = [...figures.values()];
  const ended = all.filter((one) => one.state === 'ended').length;
  const share = all.reduce((sum, one) => {
    const plan = plans.get(one.name);
    return sum + (one.state === 'ended' ? 1 : one.state === 'running' && plan ? Math.min(0.95, one.elapsedMs / Math.max(1, plan.durationMs)) : 0);
  }, 0);
  byId('banner').className = 'banner ' + style;
  byId('word').textContent = word;
  const requests = all.reduce((sum, one) => sum + one.sent, 0);
  const lines = all.reduce((sum, one) => sum + one.lines, 0);
  const told = [ended + ' of ' + plans.size + ' scenarios done', ...(requests > 0 || lines === 0 ? [whole.format(requests) + ' requests'] : []), ...(lines > 0 ? [whole.format(lines) + ' lines delivered'] : [])];
  byId('lead').textContent = sentence || told.join(', ');
  byId('bar').style.width = (style === 'running' ? share / Math.max(1, plans.size) * 100 : 100).toFixed(1) + '%';
}

const source = new EventSource('events');
source.addEventListener('run', (event) => begin(JSON.parse(event.data)));
source.addEventListener('tick', (event) => {
  byId('lost').hidden = true;
  for (const one of JSON.parse(event.data)) show(one);
  if (!finished) banner('running', plans.size > 0 && [...figures.values()].length === plans.size && [...figures.values()].every((one) => one.state === 'ended') ? 'Judging' : 'Running', '');
});
source.addEventListener('finished', (event) => {
  finished = true;
  const told = JSON.parse(event.data);
  banner(told.verdict, { pass: 'Passed', fail: 'Failed', inconclusive: 'Inconclusive' }[told.verdict], told.sentence);
  for (const { name, verdict } of told.scenarios) {
    const card = cards.get(name);
    if (!card) continue;
    card.badge.className = 'badge ' + verdict;
    card.badge.textContent = words[verdict];
  }
  byId('report').setAttribute('href', told.report);
  byId('go').hidden = false;
  if (told.more) return;
  source.close();
  location.replace(told.report);
});
source.addEventListener('error', () => { if (!finished) byId('lost').hidden = false; });
`
