import { disruptions, glyphs, plays, run, statuses, tasks, worst } from './data.js';
import { count, h, seconds } from './dom.js';
import { AXIS, drawLanes, labelWidth, shownTime } from './lanes.js';
import { change, current, shownNodes } from './state.js';

const ROOM = 520;
const READABLE = 22;

/** Builds the timeline in its place; the function that it returns draws it again. Only the lanes in sight are drawn. */
export function timeline(place) {
  const canvas = h('canvas', { role: 'img' });
  const spacer = h('div', {});
  const hint = 'Arrow keys go through nodes and results, Enter shows one node alone';
  const scroller = h(
    'div',
    { class: 'lanes', tabindex: '0', role: 'group', 'aria-label': `Timeline. ${hint}` },
    canvas,
    spacer,
  );
  const readout = h('p', { class: 'readout', role: 'status' });
  const rows = h('button', { type: 'button', 'aria-pressed': 'false' }, 'Tall rows');
  place.append(h('div', { class: 'tools' }, legend(), rows), readout, scroller);
  const view = { nodes: [], width: 0, height: 0, scroll: 0, row: READABLE, focus: undefined };
  let isTall = false;
  let wanted = 0;

  const draw = () => {
    wanted = 0;
    view.nodes = shownNodes();
    view.width = scroller.clientWidth;
    const fit = Math.floor(ROOM / Math.max(1, view.nodes.length));
    view.row = isTall ? READABLE : Math.min(26, Math.max(4, fit));
    const whole = AXIS + view.nodes.length * view.row + 4;
    view.height = Math.min(whole, AXIS + ROOM);
    spacer.style.height = `${whole - view.height}px`;
    view.scroll = scroller.scrollTop;
    rows.hidden = view.nodes.length * READABLE <= ROOM;
    if (view.focus !== undefined && view.nodes[view.focus.index] === undefined) view.focus = undefined;
    drawLanes(canvas, view);
    canvas.setAttribute('aria-label', described(view.nodes));
    readout.textContent = told(view);
  };
  const later = () => {
    if (wanted === 0) wanted = requestAnimationFrame(draw);
  };
  const focusOn = (focus) => {
    view.focus = focus;
    later();
  };

  rows.addEventListener('click', () => {
    isTall = !isTall;
    rows.setAttribute('aria-pressed', String(isTall));
    draw();
  });
  scroller.addEventListener('scroll', later);
  scroller.addEventListener('pointermove', (event) => focusOn(pointed(canvas, view, event)));
  scroller.addEventListener('pointerleave', () => focusOn(undefined));
  scroller.addEventListener('click', (event) => only(view.nodes[pointed(canvas, view, event)?.index]));
  scroller.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') only(view.nodes[view.focus?.index]);
    const focus = moved(view, event.key);
    if (focus === undefined) return;
    event.preventDefault();
    keepInSight(scroller, view, focus.index);
    focusOn(focus);
  });
  new ResizeObserver(later).observe(scroller);
  return draw;
}

function legend() {
  const entries = [...'fcosu'].map((letter) =>
    h('li', {}, h('span', { class: `swatch ${statuses[letter]}`, 'aria-hidden': 'true' }), statuses[letter]),
  );
  const frame = h('li', {}, h('span', { class: 'swatch framed', 'aria-hidden': 'true' }), 'out of service');
  return h('ul', { class: 'legend' }, ...entries, ...(disruptions.length === 0 ? [] : [frame]));
}

/** One node alone, and back. */
function only(node) {
  if (node !== undefined) change({ node: current().node === node.name ? '' : node.name });
}

function pointed(canvas, view, event) {
  const box = canvas.getBoundingClientRect();
  const index = Math.floor((event.clientY - box.top - AXIS + view.scroll) / view.row);
  const node = view.nodes[index];
  if (node === undefined || event.clientY - box.top < AXIS) return undefined;
  const { from, to } = shownTime();
  const left = labelWidth(view.width, view.nodes);
  const perPixel = (to - from) / Math.max(1, view.width - left - 8);
  return { index, at: nearest(node, from + (event.clientX - box.left - left) * perPixel, 5 * perPixel) };
}

/** The result at a time, or the one that is nearest to it; failures and changes win where several are. */
function nearest(node, time, tolerance) {
  let best = -1;
  let least = tolerance;
  for (let at = 0; at < node.task.length; at += 1) {
    const away = Math.max(node.start[at] - time, time - node.start[at] - node.ms[at], 0);
    const weight = node.status[at] === 'f' ? 0 : node.status[at] === 'c' ? away * 0.5 : away;
    if (away <= tolerance && weight < least) {
      best = at;
      least = weight;
    }
  }
  return best;
}

function moved({ nodes: shown, focus }, key) {
  const { index = 0, at = -1 } = focus ?? {};
  if (shown.length === 0) return undefined;
  const results = shown[index]?.task.length ?? 0;
  const step = {
    ArrowDown: [focus === undefined ? 0 : 1, 0],
    ArrowUp: [-1, 0],
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
  }[key];
  if (step === undefined) return undefined;
  const to = Math.min(shown.length - 1, Math.max(0, index + step[0]));
  return { index: to, at: Math.min(results - 1, Math.max(step[1] === 0 ? at : 0, at + step[1])) };
}

function keepInSight(scroller, view, index) {
  const top = index * view.row;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  const bottom = top + view.row + AXIS - view.height;
  if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
}

function described(shown) {
  const { from, to } = shownTime();
  const failed = shown.filter((node) => worst(node) === 'f').length;
  return `${count(shown.length, 'node')} over ${seconds(to - from)}, ${failed} failed. The tables below have the same as text.`;
}

function told({ nodes: shown, focus }) {
  if (focus === undefined)
    return shown.length === 0
      ? 'No node with this filter.'
      : 'Point at a lane, or use the arrow keys, to read a result. Click for one node alone.';
  const node = shown[focus.index];
  const at = Math.min(focus.at, node.task.length - 1);
  if (at < 0)
    return `${node.name}${node.left === undefined ? '' : `: ${node.left.kind} after ${seconds(node.left.at)}, ${node.left.reason}`}`;
  const letter = node.status[at];
  const task = tasks[node.task[at]];
  const words = run.check && letter === 'c' ? 'would change' : statuses[letter];
  return `${node.name}: ${glyphs[letter]} ${words}, ${task.title}, ${seconds(node.ms[at])} from ${seconds(node.start[at])} on (play ${plays[task.play].name})`;
}
