import { nodes, tasks, worst } from './data.js';

/** What the reader filters by. It is kept in the address, so that a view can be passed on and found again. */
const state = { node: '', status: '', play: '' };
const listeners = [];

export function current() {
  return state;
}

export function onChange(listener) {
  listeners.push(listener);
}

export function change(parts) {
  Object.assign(state, parts);
  write();
  for (const listener of listeners) listener();
}

/** Reads the address. One without `=` is a place on the page, not a view. */
export function readAddress() {
  const hash = location.hash.slice(1);
  if (hash !== '' && !hash.includes('=')) return false;
  const wanted = new URLSearchParams(hash);
  const play = wanted.get('play') ?? '';
  Object.assign(state, {
    node: (wanted.get('node') ?? '').slice(0, 500),
    status: [...'fucos'].filter((letter) => (wanted.get('status') ?? '').includes(letter)).join(''),
    play: /^\d{1,4}$/.test(play) ? play : '',
  });
  for (const listener of listeners) listener();
  return true;
}

function write() {
  const wanted = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== ''));
  const hash = String(wanted);
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
}

/** The nodes that the filter leaves. */
export function shownNodes() {
  const terms = state.node
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((term) => term !== '')
    .map(matcher);
  const named =
    terms.length === 0 ? nodes : nodes.filter(({ name }) => terms.some((term) => term(name.toLowerCase())));
  return state.status === 'u' ? named.filter((node) => worst(node) === 'u') : named;
}

/** The whole name of a node means that one alone; with * it is a pattern; otherwise any part of a name. */
function matcher(term) {
  if (nodes.some(({ name }) => name.toLowerCase() === term)) return (name) => name === term;
  if (!term.includes('*')) return (name) => name.includes(term);
  const parts = term.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`);
  return (name) => pattern.test(name);
}

/** Whether the filter leaves results of this status. */
export function showsStatus(letter) {
  return state.status === '' || state.status.includes(letter);
}

export function showsTask(task) {
  return state.play === '' || tasks[task].play === Number(state.play);
}
