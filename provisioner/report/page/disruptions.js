import { disruptions, plays } from './data.js';
import { count, h, paged, seconds } from './dom.js';
import { current, shownNodes } from './state.js';
import { nodeLink } from './texts.js';

/** How a disruption ended. */
const outcomes = { back: '✓ back in service', stopped: '✕ stopped', open: '✕ no end recorded' };

/** The disruptions of a node, for its lane. */
export const disruptionsOf = new Map();
for (const one of disruptions) disruptionsOf.set(one.node, [...(disruptionsOf.get(one.node) ?? []), one]);

/** Which nodes were out of service, when, and how it ended. */
export function outOfService() {
  const names = new Set(shownNodes().map(({ name }) => name));
  const { play } = current();
  const shown = disruptions.filter(
    (one) => names.has(one.node) && (play === '' || one.play === Number(play)),
  );
  if (shown.length === 0) return { total: 0, view: h('p', { class: 'empty' }, 'None with this filter.') };
  const titles = ['Node', 'From', 'For', 'By', 'Play', 'Outcome'].map((title) =>
    h('th', { scope: 'col' }, title),
  );
  const body = h('tbody', {});
  const frame = h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Out of service' },
    h('table', {}, h('thead', {}, h('tr', {}, ...titles)), body),
  );
  const note = h('p', { class: 'meta' }, `At most ${count(mostAtOnce(shown), 'node')} at a time.`);
  return { total: shown.length, view: h('div', {}, note, paged(shown, 30, disruptionRow, body, frame)) };
}

function disruptionRow({ node, start, milliseconds, by, play, outcome, reason }) {
  const why = reason === undefined ? [] : [h('span', { class: 'meta' }, ` ${reason}`)];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, nodeLink(node)),
    h('td', { class: 'figure' }, seconds(start)),
    h('td', { class: 'figure' }, seconds(milliseconds)),
    h('td', {}, by ?? ''),
    h('td', {}, plays[play].name),
    h('td', {}, outcomes[outcome], ...why),
  );
}

function mostAtOnce(shown) {
  const steps = shown.flatMap(({ start, milliseconds }) => [
    [start, 1],
    [start + milliseconds, -1],
  ]);
  let now = 0;
  let most = 0;
  for (const [, step] of steps.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}
