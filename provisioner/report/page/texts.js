import { glyphs, statuses } from './data.js';
import { h, lazyDetails } from './dom.js';
import { change } from './state.js';

const LINES = 400;

/** A unified diff in colours and with its signs, or the one line that a check printed. */
export function diffView(diff, label) {
  const lines = diff.replace(/\n$/, '').split('\n');
  const pre = h('pre', { class: 'text', tabindex: '0', 'aria-label': label });
  pre.append(...lines.slice(0, LINES).map(diffLine));
  if (lines.length > LINES)
    pre.append(
      h(
        'button',
        {
          type: 'button',
          class: 'more',
          click: ({ target }) => target.replaceWith(...lines.slice(LINES).map(diffLine)),
        },
        `Show the other ${lines.length - LINES} lines`,
      ),
    );
  return pre;
}

function diffLine(line) {
  const kind = /^(\+\+\+|---) /.test(line)
    ? 'file'
    : line.startsWith('+')
      ? 'add'
      : line.startsWith('-')
        ? 'del'
        : line.startsWith('@@')
          ? 'hunk'
          : '';
  return h('span', { class: kind }, `${line}\n`);
}

export function plainText(text, label) {
  return h('pre', { class: 'text', tabindex: '0', 'aria-label': label }, text);
}

/** The texts of a result under their headings. */
export function resultTexts({ diff, output, what, lastLines, log }, check) {
  const parts = [];
  const add = (label, view) => parts.push(h('p', { class: 'label' }, label), view(label));
  if (diff !== undefined) add(diffLabel(what, check), (label) => diffView(diff, label));
  if (lastLines !== undefined && lastLines.trim() !== '')
    add('Last lines of its output', (label) => plainText(lastLines, label));
  else if (output !== undefined) add('What it printed', (label) => plainText(output, label));
  if (log !== undefined) parts.push(h('p', { class: 'label' }, 'Whole log: ', h('code', {}, log)));
  return parts;
}

function diffLabel(what, check) {
  if (what !== undefined) return 'What was not as wanted';
  return check ? 'What would change' : 'What changed';
}

/** Names of nodes; each filters the report by itself, and of many the first few show. */
export function nodeNames(names) {
  const few = names.length > 8 ? 6 : names.length;
  const links = h('span', { class: 'names' }, ...names.slice(0, few).map(nodeLink));
  if (few < names.length)
    links.append(
      h(
        'button',
        {
          type: 'button',
          class: 'more-names',
          click: ({ target }) => target.replaceWith(...names.slice(few).map(nodeLink)),
        },
        `and ${names.length - few} more`,
      ),
    );
  return links;
}

export function nodeLink(name) {
  return h(
    'button',
    { type: 'button', class: 'node', title: 'Show only this node', click: () => change({ node: name }) },
    name,
  );
}

export function badge(letter, word = statuses[letter]) {
  return h(
    'span',
    { class: `badge ${statuses[letter]}` },
    h('span', { 'aria-hidden': 'true' }, glyphs[letter]),
    ` ${word}`,
  );
}

/** Nodes that have the same texts, as one. */
export function variant({ names, texts }, check) {
  const logs = names.length === 1 ? texts.log : undefined;
  return h('div', { class: 'variant' }, nodeNames(names), ...resultTexts({ ...texts, log: logs }, check));
}

/** Where the logs of several nodes are. */
export function logList(logs) {
  return lazyDetails({ class: 'logs' }, [`Whole logs on ${logs.length} nodes`], () => [
    h('ul', {}, ...logs.map((log) => h('li', {}, h('code', {}, log)))),
  ]);
}
