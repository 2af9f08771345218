const data = JSON.parse(document.getElementById('data').textContent);

export const run = data.run;
export const plays = data.plays;
export const prerequisites = data.prerequisites;
export const disruptions = data.disruptions;

/** Sorted as in the inventory; a result is a node and a position in its columns. */
export const nodes = data.nodes;

export const tasks = data.tasks.map(([play, role, task, handler]) => ({
  play,
  title: handler ? `handler: ${data.strings[task]}` : `${data.strings[role]} : ${data.strings[task]}`,
}));

/** The words for the letters that statuses are kept as; u is a node's, not a task's. */
export const statuses = { o: 'ok', c: 'changed', s: 'skipped', f: 'failed', u: 'unreachable' };
export const glyphs = { o: '✓', c: '●', s: '–', f: '✕', u: '⊘' };

/** The texts of a result; absent ones are undefined. */
export function textsOf(node, position) {
  const [diff, output, what, lastLines, log] = (node.texts[position] ?? []).map((index) =>
    index < 0 ? undefined : data.strings[index],
  );
  return { diff, output, what, lastLines, log };
}

export function factsOf(node) {
  return node.facts.map(([key, value]) => [data.strings[key], data.strings[value]]);
}

/** f, u, c or o: what matters most about a node. */
export function worst({ counts, left }) {
  if (counts.failed > 0) return 'f';
  if (counts.unreachable > 0 || left !== undefined) return 'u';
  return counts.changed > 0 ? 'c' : 'o';
}
