import { factsOf, run, worst } from './data.js';
import { h, number, paged, seconds } from './dom.js';
import { current, shownNodes, showsStatus } from './state.js';
import { badge, nodeLink } from './texts.js';

const columns = ['ok', 'changed', 'unreachable', 'failed', 'skipped'];
/** Shown at first, and with each press of the button. */
const ROWS = 30;
const order = 'fuco';

/** A line a node, as in Ansible's recap, those that need a look first. With one node left, what it said of itself. */
export function recap() {
  const shown = shownNodes()
    .filter((node) => current().status === '' || hasStatus(node))
    .toSorted((a, b) => order.indexOf(worst(a)) - order.indexOf(worst(b)));
  if (shown.length === 0) return { total: 0, view: h('p', { class: 'empty' }, 'None with this filter.') };
  const pages = nodeTable(shown);
  return {
    total: shown.length,
    view: h('div', {}, pages, ...(shown.length === 1 ? [nodeFacts(shown[0])] : [])),
  };
}

function hasStatus({ counts, left }) {
  const has = {
    f: counts.failed,
    u: counts.unreachable + (left === undefined ? 0 : 1),
    c: counts.changed,
    o: counts.ok,
    s: counts.skipped,
  };
  return Object.entries(has).some(([letter, figure]) => figure > 0 && showsStatus(letter));
}

function nodeTable(shown) {
  const names = run.check ? ['ok', 'would change', 'unreachable', 'failed', 'skipped'] : columns;
  const titles = ['Node', 'Result', ...names, 'Busy'].map((title) => h('th', { scope: 'col' }, title));
  const body = h('tbody', {});
  const table = h('table', { class: 'recap' }, h('thead', {}, h('tr', {}, ...titles)), body);
  const frame = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Recap' }, table);
  return paged(shown, ROWS, nodeRow, body, frame);
}

function nodeRow(node) {
  const figures = columns.map((name) =>
    h('td', { class: `figure ${node.counts[name] > 0 ? name : 'zero'}` }, number(node.counts[name])),
  );
  const busy = node.ms.reduce((sum, one) => sum + one, 0);
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, nodeLink(node.name)),
    h('td', {}, badge(worst(node), worst(node) === 'u' ? (node.left?.kind ?? 'unreachable') : undefined)),
    ...figures,
    h('td', { class: 'figure' }, seconds(busy)),
  );
}

function nodeFacts(node) {
  const facts = factsOf(node);
  if (facts.length === 0) return h('p', { class: 'empty' }, `${node.name} told no facts.`);
  return h(
    'div',
    {},
    h('h3', {}, `Facts of ${node.name}`),
    h(
      'dl',
      { class: 'node-facts' },
      ...facts.flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, value)]),
    ),
  );
}
