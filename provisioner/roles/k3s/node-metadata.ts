import { sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import type { InventoryNode } from '../../inventory/schema';
import { command } from '../../tasks';
import type { RoleContext } from '../context';
import { isFirstToAnswer } from './first-to-answer';
import { server, serversOf } from './parts';

/**
 * Labels and taints of nodes that are registered: K3s gives a node those of its config file once, when it registers. What
 * the inventory says of a node is set, and what it said before and says no more is taken away; what others set stays. The
 * first server that answers does it for all. Which labels and taints are ours is kept in an annotation of the node.
 */
export function nodeMetadataTasks(context: RoleContext): Task[] {
  if (serversOf(context).length === 0) return [];
  const parts = partsOf(context.inventory.nodes);
  return parts.map((nodes, index) =>
    command({
      name: `labels and taints of the nodes${parts.length === 1 ? '' : `, part ${index + 1} of ${parts.length}`}`,
      onlyIf: isFirstToAnswer(context),
      unless: sh`${plan(nodes)}
changes=$(plan)
if [ -n "$changes" ]; then
  printf '%s\\n' "$changes"
  exit 1
fi`,
      command: sh`${plan(nodes)}
changes=$(plan)
printf '%s\\n' "$changes" | while read -r verb node change; do
  k3s kubectl "$verb" --overwrite node "$node" "$change" </dev/null || exit 1
done`,
      tags: ['labels'],
    }),
  );
}

/** Nodes that one task speaks of: what it says of each travels with it, and a command of SSM carries 64 KB. */
const NODES_A_TASK = 500;

function partsOf(nodes: readonly InventoryNode[]): InventoryNode[][] {
  const count = Math.max(1, Math.ceil(nodes.length / NODES_A_TASK));
  return Array.from({ length: count }, (_, index) =>
    nodes.slice(index * NODES_A_TASK, (index + 1) * NODES_A_TASK),
  );
}

/** A function that prints what has to be done, as `label|taint|annotate NODE CHANGE` lines. */
function plan(nodes: readonly InventoryNode[]) {
  const wanted = nodes.flatMap(rowsOf).join('\n');
  // bash doesn't hand `set -e` down to a command substitution, which is where this runs.
  return sh`plan() {
  systemctl is-active --quiet ${server.unit} || return 1
  nodes=$(k3s kubectl get --raw /api/v1/nodes) || return 1
  printf '%s\\n%s\\n' ${wanted} "$nodes" | awk ${comparison}
}`;
}

/** One row for each thing that is wanted: W, node, kind, what identifies it, the change that makes it so. */
function rowsOf({ name, labels, taints }: InventoryNode): string[] {
  const labelRows = Object.entries(labels).map(([key, value]) => ['label', key, `${key}=${value}`]);
  const taintRows = taints.map(({ key, value, effect }) => [
    'taint',
    `${key}:${effect}`,
    `${key}${value === '' ? '' : `=${value}`}:${effect}`,
  ]);
  const own = [...labelRows, ...taintRows].sort();
  return [['W', name, 'node'], ...own.map((row) => ['W', name, ...row])].map((row) => row.join(' '));
}

/**
 * Compares the rows with the API's list of nodes, which is JSON on one line. It is cut into a line for each node; inside, labels
 * and taints hold no braces, brackets, commas or escaped quotes, because Kubernetes allows none of these in them.
 */
const comparison = `
$1 == "W" && $3 == "node" { known[$2] = 1; next }
$1 == "W" { rows[$2] = rows[$2] $3 " " $4 " " $5 "\\n"; next }
{ gsub(/"metadata":[{]"name":"/, "\\n&"); json = json $0 }
END {
  count = split(json, lines, "\\n")
  for (i = 1; i <= count; i++) if (lines[i] ~ /^"metadata":[{]"name":"/) compare(lines[i])
}
function compare(line,   node, total, row, part, i, mine, has, text, pieces, annotation) {
  node = substr(line, 21); sub(/".*/, "", node)
  if (!(node in known)) return
  total = split(inside(line, "\\"labels\\":[{][^}]*[}]"), pieces, ",")
  for (i = 1; i <= total; i++) {
    text = pieces[i]; gsub(/"/, "", text); sub(/:/, "=", text)
    has["label " substr(text, 1, index(text, "=") - 1)] = text
  }
  total = split(inside(line, "\\"taints\\":\\\\[[^]]*\\\\]"), pieces, "}")
  for (i = 1; i <= total; i++) if (pieces[i] ~ /"key"/) {
    text = value(pieces[i], "value")
    has["taint " value(pieces[i], "key") ":" value(pieces[i], "effect")] = \\
      value(pieces[i], "key") (text == "" ? "" : "=" text) ":" value(pieces[i], "effect")
  }
  total = split(rows[node], row, "\\n")
  for (i = 1; i < total; i++) {
    split(row[i], part, " ")
    mine = mine (mine == "" ? "" : ",") part[1] "." part[2]
    wanted[node, part[1] " " part[2]] = 1
    if (has[part[1] " " part[2]] != part[3]) print part[1], node, part[3]
  }
  annotation = value(line, "stagecraft.dev/managed")
  total = split(annotation, pieces, ",")
  for (i = 1; i <= total; i++) {
    text = pieces[i]; sub(/[.]/, " ", text)
    if (!((node, text) in wanted) && has[text] != "") { split(text, part, " "); print part[1], node, part[2] "-" }
  }
  if (annotation != mine) print "annotate", node, "stagecraft.dev/managed" (mine == "" ? "-" : "=" mine)
}
# inside: the text that matches, without the name before it and without its brackets
function inside(line, pattern,   found) {
  if (!match(line, pattern)) return ""
  found = substr(line, RSTART, RLENGTH)
  sub(/^"[a-z]*":./, "", found)
  return substr(found, 1, length(found) - 1)
}
# value: of the first text field of this name
function value(line, name,   start, rest) {
  start = index(line, "\\"" name "\\":\\"")
  if (start == 0) return ""
  rest = substr(line, start + length(name) + 4)
  return substr(rest, 1, index(rest, "\\"") - 1)
}`;
