/** How the simulated kubectl shows objects. */
import { stringify } from 'yaml';
import { KubectlError } from './kubectl-arguments';
import { type KubeObject, namespaceOf } from './objects';
import { objectName, type Resource, resourceOfKind } from './resources';
import { isReady, isRecord } from './simulated-registry';

export interface PrintOptions {
  readonly output: string | undefined;
  readonly noHeaders: boolean;
  readonly showNamespace: boolean;
  /** A single object was asked for by name: json and yaml show it alone, not in a List. */
  readonly single: boolean;
}

export function printObjects(
  resource: Resource,
  objects: readonly KubeObject[],
  options: PrintOptions,
): string {
  const { output } = options;
  if (output === undefined || output === 'wide') return table(resource, objects, options);
  if (output === 'name') return objects.map((object) => `${nameOf(object)}\n`).join('');
  const [first] = objects;
  const shown = options.single && first !== undefined ? first : list(objects);
  if (output === 'json') return `${JSON.stringify(shown, null, 4)}\n`;
  if (output === 'yaml') return stringify(shown);
  if (output.startsWith('jsonpath=')) return jsonPath(output.slice('jsonpath='.length), shown);
  throw new KubectlError(
    `error: unable to match a printer suitable for the output format "${output}", allowed formats are: json,jsonpath,name,wide,yaml (simulated)`,
  );
}

export function nameOf(object: KubeObject): string {
  return objectName(resourceOfKind(object.kind, object.apiVersion), object.metadata.name);
}

export function list(objects: readonly KubeObject[]): Record<string, unknown> {
  return { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } };
}

/**
 * Simple paths of kubectl's JSONPath: `{.a.b}`, `{.items[0].a}`, `{.items[*].a}`, filters `[?(@.type=="Ready")]`, `range`/`end`,
 * text between them, and `"\n"`.
 */
export function jsonPath(template: string, root: unknown): string {
  const text = template.replace(/^'(.*)'$/s, '$1');
  return renderTemplate(tokens(text.startsWith('{') || text.includes('{') ? text : `{${text}}`), root).text;
}

type Token = { readonly literal: string } | { readonly expression: string };

function tokens(template: string): Token[] {
  return template
    .split(/(\{[^}]*\})/)
    .filter((piece) => piece !== '')
    .map((piece) => (piece.startsWith('{') ? { expression: piece.slice(1, -1).trim() } : { literal: piece }));
}

function renderTemplate(parts: readonly Token[], root: unknown, from = 0): { text: string; next: number } {
  let text = '';
  for (let index = from; index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined) break;
    if ('literal' in part) text += part.literal;
    else if (part.expression === 'end') return { text, next: index };
    else if (part.expression.startsWith('range ')) {
      const items = evaluate(part.expression.slice('range '.length), root);
      let next = renderTemplate(parts, undefined, index + 1).next;
      for (const item of items) {
        const rendered = renderTemplate(parts, item, index + 1);
        text += rendered.text;
        next = rendered.next;
      }
      index = next;
    } else if (/^(".*"|'.*')$/s.test(part.expression))
      text += part.expression.slice(1, -1).replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    else text += evaluate(part.expression, root).map(scalar).join(' ');
  }
  return { text, next: parts.length };
}

function evaluate(path: string, root: unknown): unknown[] {
  const steps = path.replace(/^[$@]/, '').match(/\[\?\(@\.[^)]*\)\]|\[[^\]]*\]|\.(?:\\\.|[^.[])+/g) ?? [];
  return steps.reduce<unknown[]>((values, step) => values.flatMap((value) => take(value, step)), [root]);
}

function take(value: unknown, step: string): unknown[] {
  const filter = /^\[\?\(@\.([^=!]+?)\s*(==|!=)\s*["']?(.*?)["']?\)\]$/.exec(step);
  if (filter !== null && Array.isArray(value)) {
    const [, path = '', operator, wanted] = filter;
    return value.filter(
      (item) => (evaluate(`.${path}`, item).map(scalar).join(' ') === wanted) === (operator === '=='),
    );
  }
  if (step === '[*]') return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
  if (step.startsWith('[')) {
    const inside = step.slice(1, -1).replace(/^["'](.*)["']$/, '$1');
    if (Array.isArray(value)) return value.slice(Number(inside)).slice(0, 1);
    return isRecord(value) && inside in value ? [value[inside]] : [];
  }
  const key = step.slice(1).replaceAll('\\.', '.');
  return isRecord(value) && key in value ? [value[key]] : [];
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function table(resource: Resource, objects: readonly KubeObject[], options: PrintOptions): string {
  const wide = options.output === 'wide';
  const tables: Readonly<Record<string, () => [string[], Row]>> = {
    Node: () => nodeTable(wide),
    Pod: () => podTable(wide, options.showNamespace),
  };
  const [heading, row] = (
    tables[resource.kind] ?? (() => plainTable(options.showNamespace && resource.namespaced))
  )();
  const rows = [...(options.noHeaders ? [] : [heading]), ...objects.map(row)];
  const widths = heading.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

type Row = (object: KubeObject) => string[];

function nodeTable(wide: boolean): [string[], Row] {
  const more = ['INTERNAL-IP', 'EXTERNAL-IP', 'OS-IMAGE', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'];
  return [
    ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION', ...(wide ? more : [])],
    (node) => {
      const field = (path: string) => evaluate(path, node).map(scalar)[0] ?? '<none>';
      const cordoned = isRecord(node.spec) && node.spec.unschedulable === true;
      return [
        node.metadata.name,
        `${isReady(node) ? 'Ready' : 'NotReady'}${cordoned ? ',SchedulingDisabled' : ''}`,
        rolesOf(node),
        ageOf(node),
        field('.status.nodeInfo.kubeletVersion'),
        ...(wide
          ? [
              field('.status.addresses[?(@.type=="InternalIP")].address'),
              '<none>',
              field('.status.nodeInfo.osImage'),
              field('.status.nodeInfo.kernelVersion'),
              field('.status.nodeInfo.containerRuntimeVersion'),
            ]
          : []),
      ];
    },
  ];
}

function podTable(wide: boolean, showNamespace: boolean): [string[], Row] {
  const heading = ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', ...(wide ? ['IP', 'NODE'] : [])];
  return [
    showNamespace ? ['NAMESPACE', ...heading] : heading,
    (pod) => {
      const field = (path: string) => evaluate(path, pod).map(scalar)[0] ?? '<none>';
      const phase = field('.status.phase');
      return [
        ...(showNamespace ? [namespaceOf(pod)] : []),
        pod.metadata.name,
        phase === 'Running' ? '1/1' : '0/1',
        phase,
        '0',
        ageOf(pod),
        ...(wide ? ['<none>', field('.spec.nodeName')] : []),
      ];
    },
  ];
}

function plainTable(showNamespace: boolean): [string[], Row] {
  return [
    [...(showNamespace ? ['NAMESPACE'] : []), 'NAME', 'AGE'],
    (object) => [...(showNamespace ? [namespaceOf(object)] : []), object.metadata.name, ageOf(object)],
  ];
}

function rolesOf(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(node.metadata.labels ?? {})
    .filter((label) => label.startsWith(prefix))
    .map((label) => label.slice(prefix.length));
  return roles.length === 0 ? '<none>' : roles.sort().join(',');
}

function ageOf(object: KubeObject): string {
  const seconds = Math.max(
    0,
    Math.floor((Date.now() - Date.parse(object.metadata.creationTimestamp ?? '')) / 1000),
  );
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 2 * 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
