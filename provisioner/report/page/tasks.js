import { plays, run, tasks, textsOf } from './data.js';
import { count, h, lazyDetails, number, paged, seconds } from './dom.js';
import { shownNodes, showsStatus, showsTask } from './state.js';
import { badge, nodeLink, resultTexts } from './texts.js';

const SLOWEST = 15;

/** The tasks that took longest on any node. */
export function slowest() {
  const byTask = new Map();
  for (const node of shownNodes()) {
    for (let at = 0; at < node.task.length; at += 1) {
      const task = node.task[at];
      if (!showsTask(task) || !showsStatus(node.status[at])) continue;
      const found = byTask.get(task) ?? { task, longest: -1, on: '', times: [] };
      byTask.set(task, found);
      found.times.push(node.ms[at]);
      if (node.ms[at] > found.longest) Object.assign(found, { longest: node.ms[at], on: node.name });
    }
  }
  const rows = [...byTask.values()].sort((a, b) => b.longest - a.longest).slice(0, SLOWEST);
  if (rows.length === 0) return { view: h('p', { class: 'empty' }, 'No task with this filter.') };
  const scale = Math.max(1, rows[0].longest);
  const head = h(
    'tr',
    {},
    ...['Task', 'Longest', '', 'Median', 'Nodes', 'Slowest on'].map((title) =>
      h('th', { scope: 'col' }, title),
    ),
  );
  return {
    view: h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Slowest tasks' },
      h('table', {}, h('thead', {}, head), h('tbody', {}, ...rows.map((row) => slowRow(row, scale)))),
    ),
  };
}

function slowRow({ task, longest, on, times }, scale) {
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.width = `${Math.max(1, (100 * longest) / scale)}%`;
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      tasks[task].title,
      h('span', { class: 'meta' }, ` ${plays[tasks[task].play].name}`),
    ),
    h('td', { class: 'figure' }, seconds(longest)),
    h('td', { class: 'bars' }, bar),
    h('td', { class: 'figure' }, seconds(median(times))),
    h('td', { class: 'figure' }, number(times.length)),
    h('td', {}, nodeLink(on)),
  );
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Every result that the filter leaves, node by node. */
export function results() {
  const found = [];
  for (const node of shownNodes())
    for (let at = 0; at < node.task.length; at += 1)
      if (showsStatus(node.status[at]) && showsTask(node.task[at])) found.push([node, at]);
  if (found.length === 0) return { total: 0, view: h('p', { class: 'empty' }, 'None with this filter.') };
  return { total: found.length, view: h('div', { class: 'rows' }, paged(found, 30, resultRow)) };
}

function resultRow([node, at]) {
  const texts = textsOf(node, at);
  const line = [
    badge(node.status[at]),
    h('span', { class: 'row-node' }, node.name),
    h('span', { class: 'row-task' }, tasks[node.task[at]].title),
    h('span', { class: 'figure' }, seconds(node.ms[at])),
  ];
  if (texts.diff === undefined && texts.output === undefined && texts.what === undefined)
    return h('div', { class: 'row' }, ...line);
  const what = texts.what === undefined ? [] : [h('p', { class: 'what' }, texts.what)];
  return lazyDetails({ class: 'row' }, line, () => [...what, ...resultTexts(texts, run.check)]);
}

/** How many nodes the filter leaves. */
export function summary(shown, all) {
  return shown.length === all.length
    ? count(all.length, 'node')
    : `${number(shown.length)} of ${count(all.length, 'node')}`;
}
