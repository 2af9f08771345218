import { nodes, plays, run, tasks, textsOf } from './data.js';
import { count, h, paged } from './dom.js';
import { shownNodes, showsStatus, showsTask } from './state.js';
import { logList, nodeNames, variant } from './texts.js';

/** What failed, the same failure of many nodes as one; then the nodes that left without a failure. */
export function failures() {
  const shown = shownNodes();
  const cards = [
    ...(showsStatus('f') ? failedTasks(shown).map(failureCard) : []),
    ...(showsStatus('u') ? leftNodes(shown).map(leftCard) : []),
  ];
  if (cards.length > 0) return { total: cards.length, view: paged(cards, 20, (card) => card) };
  const isAll = shown.length === nodes.length;
  return {
    total: 0,
    view: h(
      'p',
      { class: 'empty' },
      isAll ? 'Nothing failed, and every node was reached.' : 'None with this filter.',
    ),
  };
}

function failedTasks(shown) {
  const groups = new Map();
  for (const node of shown) {
    const position = node.status.indexOf('f');
    // A node's first failure is its last task of a play; a later play can't follow.
    for (let at = position; at !== -1; at = node.status.indexOf('f', at + 1)) {
      if (!showsTask(node.task[at])) continue;
      const texts = textsOf(node, at);
      const key = `${node.task[at]} ${texts.what}`;
      const group = groups.get(key) ?? {
        task: node.task[at],
        what: texts.what,
        names: [],
        logs: [],
        variants: new Map(),
      };
      groups.set(key, group);
      group.names.push(node.name);
      if (texts.log !== undefined) group.logs.push(texts.log);
      addVariant(group.variants, node.name, texts);
    }
  }
  return [...groups.values()].sort((a, b) => b.names.length - a.names.length);
}

export function addVariant(variants, name, texts) {
  const key = JSON.stringify([texts.diff, texts.output, texts.lastLines]);
  const known = variants.get(key);
  if (known === undefined) variants.set(key, { names: [name], texts });
  else known.names.push(name);
}

function failureCard({ task, what, names, logs, variants }) {
  const list = [...variants.values()].sort((a, b) => b.names.length - a.names.length);
  return h(
    'article',
    { class: 'card failed' },
    h('h3', {}, h('span', { 'aria-hidden': 'true' }, '✕ '), tasks[task].title),
    h('p', { class: 'what' }, what ?? 'failed'),
    h('p', { class: 'meta' }, `play ${plays[tasks[task].play].name}, ${count(names.length, 'node')}`),
    paged(list, 5, (one) => variant(one, run.check)),
    ...(logs.length > 1 && logs.length > list.length ? [logList(logs)] : []),
  );
}

function leftNodes(shown) {
  const groups = new Map();
  for (const { name, left } of shown) {
    if (left === undefined) continue;
    const key = `${left.kind} ${left.reason}`;
    const group = groups.get(key) ?? { ...left, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function leftCard({ kind, reason, names }) {
  return h(
    'article',
    { class: 'card unreachable' },
    h('h3', {}, h('span', { 'aria-hidden': 'true' }, '⊘ '), `${count(names.length, 'node')} ${kind}`),
    h('p', { class: 'what' }, reason),
    nodeNames(names),
  );
}
