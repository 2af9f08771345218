import { changes } from './changes.js';
import { nodes, plays } from './data.js';
import { outOfService } from './disruptions.js';
import { byId, number } from './dom.js';
import { failures } from './failures.js';
import { recap } from './nodes.js';
import { change, current, onChange, readAddress, shownNodes } from './state.js';
import { results, slowest, summary } from './tasks.js';
import { themeSwitch } from './theme.js';
import { timeline } from './timeline.js';

const form = document.querySelector('.filters');
const drawTimeline = timeline(byId('timeline'));
const parts = { failures, 'out-of-service': outOfService, changes, slowest, results, recap };

function draw() {
  for (const [id, part] of Object.entries(parts)) {
    if (byId(id) === null) continue;
    const { total, view } = part();
    byId(id).replaceChildren(view);
    byId(`n-${id}`).textContent = total === undefined ? '' : number(total);
  }
  drawTimeline();
  byId('shown').textContent = summary(shownNodes(), nodes);
  showFilter();
}

/** The form as the address has it; the field being typed in is left alone. */
function showFilter() {
  const { node, status, play } = current();
  const field = byId('node-filter');
  if (document.activeElement !== field) field.value = node;
  byId('play-filter').value = plays[play] === undefined ? '' : play;
  for (const box of form.querySelectorAll('[name=status]')) box.checked = status.includes(box.value);
  byId('clear').disabled = node + status + play === '';
}

function listen() {
  let typing = 0;
  byId('node-filter').addEventListener('input', ({ target }) => {
    clearTimeout(typing);
    typing = setTimeout(() => change({ node: target.value.trim() }), nodes.length > 50 ? 120 : 0);
  });
  byId('play-filter').addEventListener('change', ({ target }) => change({ play: target.value }));
  form.addEventListener('change', ({ target }) => {
    if (target.name !== 'status') return;
    const chosen = [...form.querySelectorAll('[name=status]:checked')];
    change({ status: chosen.map(({ value }) => value).join('') });
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    clear();
  });
  document.addEventListener('keydown', onKey);
  window.addEventListener('hashchange', readAddress);
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    byId('main').focus();
  });
}

function onKey(event) {
  const field = byId('node-filter');
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
  }
  if (event.key === 'Escape') {
    clear();
    if (event.target === field) field.blur();
  }
}

function clear() {
  byId('node-filter').value = '';
  change({ node: '', status: '', play: '' });
}

themeSwitch(drawTimeline);
form.hidden = false;
onChange(draw);
listen();
// An address that names a place and no view leaves the first drawing to us.
if (!readAddress()) draw();
document.documentElement.dataset.ready = '';
performance.mark('report-ready');
