import { glyphs, plays, run, statuses, tasks, worst } from './data.js';
import { disruptionsOf } from './disruptions.js';
import { seconds } from './dom.js';
import { current, showsStatus, showsTask } from './state.js';

/** Space above the lanes, for the plays and the time. */
export const AXIS = 40;

/** Status is told by height as well as by colour: part of a lane that a result fills. */
const heights = { o: 0.5, s: 0.2, c: 0.75, f: 1 };
const palette = { o: '--ok', c: '--changed', s: '--skipped', f: '--failed', u: '--unreachable' };

/** The time that is shown: the whole run, or one play. */
export function shownTime() {
  const play = plays[current().play];
  if (play === undefined || play.milliseconds === 0) return { from: 0, to: Math.max(1, run.milliseconds) };
  return { from: play.start, to: play.start + play.milliseconds };
}

export function labelWidth(width, nodes) {
  const longest = nodes.reduce((most, { name }) => Math.max(most, name.length), 0);
  return Math.min(longest * 7 + 24, width < 600 ? 110 : 200);
}

/** Draws the lanes that can be seen. `view` has nodes, width, height, scroll, row (height of a lane) and focus. */
export function drawLanes(canvas, view) {
  const context = fitted(canvas, view);
  const scene = {
    ...view,
    context,
    ink: colours(canvas),
    ...shownTime(),
    left: labelWidth(view.width, view.nodes),
  };
  scene.x = (time) =>
    scene.left + ((time - scene.from) / (scene.to - scene.from)) * (view.width - scene.left - 8);
  context.clearRect(0, 0, view.width, view.height);
  context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  context.textBaseline = 'middle';
  drawGrid(scene);
  context.save();
  context.beginPath();
  context.rect(0, AXIS, view.width, view.height - AXIS);
  context.clip();
  const first = Math.floor(view.scroll / view.row);
  const last = Math.min(view.nodes.length, Math.ceil((view.scroll + view.height - AXIS) / view.row));
  for (let index = first; index < last; index += 1) drawLane(scene, index);
  context.restore();
  drawAxis(scene);
}

/** The colours of the page as they are now: a canvas can't read `light-dark()`, an element's computed style is plain. */
function colours(canvas) {
  const known = new Map();
  return (name) => {
    if (!known.has(name)) {
      canvas.style.color = `var(${name})`;
      known.set(name, getComputedStyle(canvas).color);
    }
    return known.get(name);
  };
}

function fitted(canvas, { width, height }) {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context.scale(density, density);
  return context;
}

function ticks({ from, to, left, width }) {
  const most = Math.max(2, Math.floor((width - left) / 90));
  const steps = [1, 2, 5].flatMap((base) => [1, 10, 100, 1000].map((power) => base * power));
  const all = [
    ...steps,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
  ];
  const step = all.sort((a, b) => a - b).find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const found = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) found.push(time);
  return found;
}

function drawGrid(scene) {
  const { context, ink, x, height } = scene;
  context.fillStyle = ink('--grid');
  for (const time of ticks(scene)) context.fillRect(Math.round(x(time)), AXIS, 1, height - AXIS);
}

function drawAxis(scene) {
  const { context, ink, x, width, left } = scene;
  context.fillStyle = ink('--surface');
  context.fillRect(0, 0, width, AXIS);
  context.fillStyle = ink('--muted');
  context.textAlign = 'center';
  let free = 0;
  for (const time of ticks(scene)) {
    const text = time === 0 ? '0' : seconds(time);
    const half = context.measureText(text).width / 2;
    const at = Math.min(x(time), width - half - 2);
    if (at - half < free) continue;
    context.fillText(text, at, AXIS - 9);
    free = at + half + 8;
  }
  context.textAlign = 'left';
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, AXIS);
  context.clip();
  for (const [index, play] of plays.entries()) drawPlay(scene, play, index);
  context.restore();
}

function drawPlay({ context, ink, x }, play, index) {
  if (play.skipped !== undefined || play.milliseconds === 0) return;
  const from = x(play.start);
  const width = Math.max(2, x(play.start + play.milliseconds) - from - 1);
  context.fillStyle = ink(index % 2 === 0 ? '--band-a' : '--band-b');
  context.fillRect(from, 2, width, 18);
  context.fillStyle = ink('--text');
  textWithin(context, play.name, from + 5, 11, width - 8);
}

function textWithin(context, text, x, y, room, shorter = withoutEnd) {
  if (room < 24) return;
  let shown = text;
  for (let keep = text.length - 1; keep > 1 && context.measureText(shown).width > room; keep -= 1)
    shown = shorter(text, keep);
  if (shown.length > 2) context.fillText(shown, x, y);
}

function withoutEnd(text, keep) {
  return `${text.slice(0, keep - 1)}…`;
}

/** The end of a node's name tells it from its neighbours. */
function withoutMiddle(text, keep) {
  const end = Math.min(6, Math.floor(keep / 2));
  return `${text.slice(0, keep - end - 1)}…${text.slice(-end)}`;
}

function drawLane(scene, index) {
  const { context, ink, nodes, row, scroll, width, left, focus } = scene;
  const node = nodes[index];
  const y = AXIS + index * row - scroll;
  if (focus?.index === index) {
    context.fillStyle = ink('--lane');
    context.fillRect(0, y, width, row);
  }
  const every = Math.max(1, Math.ceil(14 / row));
  // Where there is a name for several lanes only, it is that of one that failed.
  if (index % every === 0) drawName(scene, nodes.slice(index, index + every).find(isBad) ?? node, y);
  context.save();
  context.beginPath();
  context.rect(left, y, width - left, row);
  context.clip();
  if (node.left !== undefined) drawLeft(scene, node, y);
  for (const one of disruptionsOf.get(node.name) ?? []) drawDisruption(scene, one, y);
  drawResults(scene, node, y);
  context.restore();
}

function isBad({ counts, left }) {
  return counts.failed > 0 || left !== undefined;
}

function drawName({ context, ink, row, left, focus, nodes }, node, y) {
  const isFocus = focus !== undefined && nodes[focus.index] === node;
  const letter = isBad(node) ? worst(node) : '';
  const text = letter === '' ? node.name : `${glyphs[letter]} ${node.name}`;
  context.fillStyle = ink(letter === '' ? (isFocus ? '--text' : '--muted') : `--${statuses[letter]}-text`);
  textWithin(context, text, 4, y + Math.max(row, 14) / 2, left - 10, withoutMiddle);
}

/** From when a node was gone: a dashed line to the end. */
function drawLeft({ context, ink, x, row, width }, { left }, y) {
  context.strokeStyle = ink('--unreachable');
  context.lineWidth = Math.min(3, Math.max(1, row / 4));
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(x(left.at), y + row / 2);
  context.lineTo(width, y + row / 2);
  context.stroke();
  context.setLineDash([]);
}

/** While a node was out of service: a frame around what was done to it. */
function drawDisruption({ context, ink, x, row }, { start, milliseconds }, y) {
  const from = x(start);
  context.strokeStyle = ink('--text');
  context.lineWidth = 1;
  context.strokeRect(
    from - 1.5,
    y + 0.5,
    Math.max(3, x(start + milliseconds) - from + 3),
    Math.max(2, row - 1),
  );
}

function drawResults(scene, node, y) {
  const { x, from, to } = scene;
  let drawn = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < node.task.length; at += 1) {
    const start = node.start[at];
    const end = start + node.ms[at];
    if (end < from || start > to) continue;
    const letter = node.status[at];
    const isMinor = letter === 'o' || letter === 's';
    const begin = x(start);
    const width = Math.max(isMinor ? 0.8 : 2, x(end) - begin - (x(end) - begin > 4 ? 1 : 0));
    // Thousands of short results in one pixel are one.
    if (isMinor && begin + width < drawn + 0.8) continue;
    drawn = begin + width;
    drawResult(scene, { letter, task: node.task[at], begin, width, y });
  }
}

function drawResult({ context, ink, row }, { letter, task, begin, width, y }) {
  const room = row > 6 ? row - 2 : row - (row > 3 ? 1 : 0);
  const height = Math.max(1, room * heights[letter]);
  const top = y + (row - height) / 2;
  context.globalAlpha = showsStatus(letter) && showsTask(task) ? 1 : 0.18;
  context.fillStyle = ink(palette[letter]);
  context.fillRect(begin, top, width, height);
  if (row >= 20 && width > 40 && letter !== 's') {
    context.fillStyle = ink('--on-bar');
    textWithin(
      context,
      `${letter === 'f' ? '✕ ' : ''}${tasks[task].title}`,
      begin + 4,
      y + row / 2 + 0.5,
      width - 8,
    );
  }
  context.globalAlpha = 1;
}
