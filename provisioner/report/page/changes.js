import { nodes, plays, prerequisites, run, tasks, textsOf } from './data.js';
import { count, h, lazyDetails, number, paged } from './dom.js';
import { addVariant } from './failures.js';
import { current, shownNodes, showsStatus, showsTask } from './state.js';
import { nodeNames, variant } from './texts.js';

/** What changed, task by task in the order of the run; nodes on which a task changed the same are shown once. */
export function changes() {
  const groups = showsStatus('c') ? changedTasks(shownNodes()) : [];
  const made = showsStatus('c') && current().node === '' ? prerequisites.filter(isMade) : [];
  const total = groups.length + made.length;
  if (total === 0) return { total, view: h('p', { class: 'empty' }, nothing()) };
  return { total, view: h('div', {}, ...made.map(madeCard), paged(groups, 40, changeCard)) };
}

function nothing() {
  const { node, status, play } = current();
  if (node + status + play !== '') return 'None with this filter.';
  return run.check ? 'Nothing would change.' : 'Nothing changed.';
}

function isMade({ play, status }) {
  return status === 'changed' && (current().play === '' || play === Number(current().play));
}

function madeCard({ play, name }) {
  return h(
    'p',
    { class: 'made' },
    `${run.check ? 'Would be made' : 'Made'} for play ${plays[play].name}: ${name}`,
  );
}

function changedTasks(shown) {
  const groups = new Map();
  for (const node of shown) {
    for (let at = node.status.indexOf('c'); at !== -1; at = node.status.indexOf('c', at + 1)) {
      const task = node.task[at];
      if (!showsTask(task)) continue;
      const group = groups.get(task) ?? { task, at: [] };
      group.at.push([node, at]);
      groups.set(task, group);
    }
  }
  return [...groups.values()].sort((a, b) => a.task - b.task);
}

function changeCard({ task, at }) {
  const isEverywhere = at.length === nodes.length && at.length > 1;
  const where = isEverywhere ? `all ${number(at.length)} nodes` : count(at.length, 'node');
  return lazyDetails(
    { class: 'card changed' },
    [
      h('span', { class: 'title' }, tasks[task].title),
      ' ',
      h('span', { class: 'meta' }, `${where}, play ${plays[tasks[task].play].name}`),
    ],
    () => {
      const variants = new Map();
      for (const [node, position] of at) addVariant(variants, node.name, textsOf(node, position));
      const list = [...variants.values()].sort((a, b) => b.names.length - a.names.length);
      const withText = list.filter(({ texts }) => texts.diff !== undefined || texts.output !== undefined);
      if (withText.length === 0)
        return [
          nodeNames(at.map(([node]) => node.name)),
          h('p', { class: 'meta' }, 'No diff: it is a handler, or the task is sensitive.'),
        ];
      return [paged(list, 10, (one) => variant(one, run.check))];
    },
  );
}
