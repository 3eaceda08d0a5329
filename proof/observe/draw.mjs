// Runs in the page and draws globalThis.shown. A stand-in for Grafana: what it leaves out, Grafana has.
const { shown, uPlot } = globalThis;
const COLOURS = '#3274d9 #56a64b #e0752d #a352cc #d6b400 #1f9ea3 #c4162a #7c8187 #ff78b3 #6b4f2a'.split(' ');
const NAMED = { red: '#d1313c', orange: '#e8821a', blue: '#3274d9', green: '#56a64b', grey: '#8e8e8e' };

const tag = (name, parent, text = '', style = {}) => {
  const element = parent.appendChild(document.createElement(name));
  element.textContent = text;
  Object.assign(element.style, style);
  return element;
};
const ofClass = (name, parent) => Object.assign(tag('div', parent), { className: name });

const short = (value) =>
  Math.abs(value) >= 1e6 ? `${Number((value / 1e6).toPrecision(3))} M` : `${Number(value.toPrecision(3))}`;
const SPANS = Object.entries({ d: 86_400, h: 3_600, min: 60, s: 1, ms: 1e-3, µs: 1e-6 });
const seconds = (value) => {
  const [name, size] = SPANS.find(([, least]) => Math.abs(value) >= least) ?? ['s', 1];
  return `${short(value / size)} ${name}`;
};
const FORMATS = {
  s: seconds,
  percentunit: (value) => `${short(value * 100)} %`,
  bytes: (value) => `${short(value / 2 ** 20)} MiB`,
  Bps: (value) => `${short(value / 1e3)} kB/s`,
  reqps: (value) => `${short(value)}/s`,
  cps: (value) => `${short(value)}/s`,
};
const formatOf = (panel) => FORMATS[panel.fieldConfig.defaults.unit] ?? short;
const linesOf = (panel) => panel.fieldConfig.defaults.thresholds.steps.filter(({ value }) => value !== null);

const chart = (panel, body) => {
  legend(panel, body.parentElement);
  const times = [...new Set(panel.series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const series = panel.series.map(({ points }) => {
    const known = new Map(points);
    return times.map((at) => (Number.isFinite(known.get(at)) ? known.get(at) : null));
  });
  const stacked = panel.fieldConfig.defaults.custom?.drawStyle === 'bars';
  for (let one = 1; stacked && one < series.length; one += 1)
    series[one] = series[one].map((value, at) => (value ?? 0) + (series[one - 1][at] ?? 0));
  // What is stacked covers what lies below it, so the tallest comes first.
  const order = [...series.keys()];
  if (stacked) order.reverse();
  const values = [0, ...series.flat().map((value) => value ?? 0), ...linesOf(panel).map(({ value }) => value)];
  const range = [Math.min(...values) * 1.05, Math.max(...values) * 1.1 || 1];
  const look = (index) => ({ stroke: COLOURS[index % 10], width: 1.3, ...(stacked && { fill: COLOURS[index % 10] }) });
  const options = {
    width: body.clientWidth,
    height: body.clientHeight,
    legend: { show: false },
    scales: { x: { range: [shown.from, shown.until] }, y: { range } },
    axes: [
      { size: 30, space: 44 },
      { size: 72, values: (_, splits) => splits.map(formatOf(panel)) },
    ],
    hooks: { draw: [(plot) => dashes(plot, linesOf(panel))] },
    series: [{}, ...order.map(look)],
  };
  new uPlot(options, [times, ...order.map((index) => series[index])], body);
};

const legend = (panel, section) => {
  const line = ofClass('legend', section);
  const shownOf = ({ points }) => panel.series.length < 8 || points.some(([, value]) => value !== 0);
  for (const [index, { name, ...one }] of panel.series.entries()) {
    if (!shownOf(one)) continue;
    tag('b', line, '', { background: COLOURS[index % 10] });
    tag('span', line, name, { marginRight: '10px' });
  }
};

const dashes = ({ ctx, bbox: { left, top, width, height }, valToPos }, lines) => {
  const stroke = (colour, x, y, right, down) => {
    ctx.setLineDash([5, 4]);
    ctx.strokeStyle = NAMED[colour];
    ctx.lineWidth = 1.5;
    ctx.stroke(new Path2D(`M ${x} ${y} l ${right} ${down}`));
  };
  ctx.save();
  for (const { value, color } of lines) stroke(color, left, valToPos(value, 'y', true), width, 0);
  for (const { at, colour } of shown.marks) stroke(colour, valToPos(at, 'x', true), top, 0, height);
  ctx.restore();
};

/** What lies in each bucket, stacked: Grafana makes a map of it. */
const buckets = (panel, body) => {
  const edge = ({ name }) => Number(name.replace('+Inf', 'Infinity'));
  const rows = panel.series.toSorted((a, b) => edge(a) - edge(b));
  const series = rows.map(({ name, points }, row) => {
    const below = new Map(rows[row - 1]?.points);
    return { name: `≤ ${name}`, points: points.map(([at, value]) => [at, value - (below.get(at) ?? 0)]) };
  });
  const filled = series.filter(({ points }) => points.some(([, value]) => value > 0));
  const { unit, thresholds } = { ...panel.fieldConfig.defaults, unit: 'short' };
  const defaults = { unit, thresholds, custom: { drawStyle: 'bars' } };
  chart({ ...panel, fieldConfig: { defaults }, series: filled }, body);
};

const states = (panel, body) => {
  const meaning = panel.fieldConfig.defaults.mappings?.[0].options ?? {};
  const share = (span) => `${(100 * span) / (shown.until - shown.from)}%`;
  for (const { name, points } of panel.series) {
    const row = ofClass('state', body);
    tag('span', row, name);
    const line = tag('div', row);
    const runs = points.filter(([, value], index) => index === 0 || value !== points[index - 1][1]);
    for (const [index, [at, value]] of runs.entries()) {
      const { text = short(value), color = 'blue' } = meaning[value] ?? {};
      const until = runs[index + 1]?.[0] ?? points.at(-1)[0];
      tag('i', line, text, { left: share(at - shown.from), width: share(until - at), background: NAMED[color] });
    }
  }
};

const levels = (panel, body) => {
  const { steps } = panel.fieldConfig.defaults.thresholds;
  const most = Math.max(...panel.series.map(({ points }) => points[0][1] ?? 0));
  for (const { name, points } of panel.series) {
    const [[, value]] = points;
    const { color } = steps.findLast((step) => step.value === null || value >= step.value);
    const row = ofClass('bar', body);
    tag('span', row, name);
    tag('i', tag('div', row), '', { width: `${Math.max(0, (100 * value) / most)}%`, background: NAMED[color] });
    // What is no number is null in JSON: nothing has happened yet that could be counted.
    tag('em', row, value === null ? 'nothing yet' : formatOf(panel)(value));
  }
};

const table = (panel, body) => {
  const columns = [...new Set(panel.series.map(({ column }) => column))];
  const names = [...new Set(panel.series.flatMap(({ labels }) => Object.keys(labels)))];
  const rows = Map.groupBy(panel.series, ({ labels }) => JSON.stringify(names.map((name) => labels[name] ?? '')));
  const { overrides } = panel.fieldConfig;
  const lines = [...rows].map(([key, cells]) => {
    const values = columns.map((column) => {
      const value = cells.find((cell) => cell.column === column)?.points[0][1];
      const unit = overrides.find(({ matcher }) => matcher.options === column)?.properties[0].value;
      return Number.isFinite(value) ? (FORMATS[unit] ?? formatOf(panel))(value) : '';
    });
    return [...JSON.parse(key), ...values];
  });
  grid([[...names, ...columns], ...lines], body);
};

const words = ({ content }, body) => {
  const lines = content.split('\n').filter((text) => !text.startsWith('|--'));
  grid(
    lines.map((text) => text.split('|').slice(1, -1)),
    body,
  );
};

const grid = ([head, ...rows], body) => {
  const element = tag('table', body);
  const line = (name, cells) => {
    const row = tag('tr', element);
    for (const text of cells) tag(name, row, text);
  };
  line('th', head);
  for (const cells of rows) line('td', cells);
};

const KINDS = {
  timeseries: chart,
  heatmap: buckets,
  'state-timeline': states,
  bargauge: levels,
  stat: levels,
  table,
  text: words,
};
const [main, title, purpose, note] = ['main', 'h1', 'p', 'small'].map((name) => document.querySelector(name));
title.textContent = shown.title;
purpose.textContent = shown.purpose;
note.textContent = `A stand-in for Grafana, drawn from the answers of a Prometheus. ${new Date(shown.until * 1e3).toISOString()} ${shown.note}`;
for (const panel of shown.panels) {
  const { x, y, w, h } = panel.gridPos;
  const place = { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}` };
  if (panel.type === 'row') tag('h2', main, panel.title, place);
  else {
    const section = tag('section', main, '', place);
    tag('h3', section, panel.title).title = `${panel.description} Pages: ${panel.pages.join(', ')}`;
    const body = ofClass('body', section);
    if (panel.type !== 'text' && panel.series.length === 0) ofClass('none', body).textContent = 'no series';
    else KINDS[panel.type](panel, body);
  }
}
