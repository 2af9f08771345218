import { gzipSync } from 'node:zlib';
import { type LastRunEntry, renderEntry } from './last-run';
import type { Host } from './play';
import { runtime } from './runtime';
import { type NodeValue, nodeValueKey, type PerNode, quote, renderShell, type Shell } from './shell';
import type { Step } from './steps';
import type { Glance, Handler } from './task';

/** Everything a bundle is made of. Compiling is a pure function of it. */
export interface BundleRequest {
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  /** The hosts whose values the script carries; it refuses to run anywhere else. */
  readonly hosts: readonly Host[];
  readonly mode: 'apply' | 'check';
  /** The node is out of service for this bundle, so disruptive tasks are applied. Default: it is held at the first. */
  readonly exclusive?: Exclusive | undefined;
  /** Digits, letters and hyphens: names the scratch folder and the log on the node. */
  readonly runId: string;
  /** Marks the result as the answer to this very command. */
  readonly nonce: string;
  readonly inlineChars: number;
  /** Tell each record as soon as it is made: the transport streams. Default: all of them at the end. */
  readonly streams?: boolean | undefined;
  /** Whether one command of the transport can carry a script. */
  readonly fits: (script: string) => boolean;
  /** What the node is to remember of the run. Absent where it is only looked at. */
  readonly entry?: LastRunEntry | undefined;
}

/** A node that is out of service for one bundle. */
export interface Exclusive {
  /** The step before which it was held: what came earlier was told then. Default: nothing was. */
  readonly heldAt?: number;
  /** What it keeps on its disk as a mark, until it is put back. Default: none. */
  readonly mark?: string;
}

/** One script for one command. A play has more than one only where the transport's limit forces it. */
export interface Bundle {
  /** What travels: the source itself, or the same compressed. */
  readonly script: string;
  /** What the node runs. */
  readonly source: string;
  /** The steps in it, by their place in the request. */
  readonly from: number;
  readonly to: number;
}

/**
 * Turns steps into as few scripts as the transport allows: as they are where they fit, else compressed, else split
 * between two tasks. Handlers go with the last part.
 *
 * @throws RangeError when a single task is too large even compressed
 */
export function compile(request: BundleRequest): Bundle[] {
  return split(request, 0, request.steps.length);
}

/**
 * A script that reports facts: each source prints `key=value` lines.
 *
 * @param request with `beside`, it does not wait for a bundle that is at work on the node
 */
export function compileFacts(
  sources: readonly Shell[],
  request: Omit<BundleRequest, 'steps' | 'handlers' | 'mode' | 'entry'> & { readonly beside?: boolean },
): Bundle {
  const names = new Variables(request.hosts);
  const facts = sources.map((source) => `(\n${renderShell(source, names.variableOf)}\n) || :`).join('\n');
  const source = [
    header({ ...request, mode: 'check', last: true }),
    ...(request.beside ? ['SC_BESIDE=1'] : []),
    runtime(),
    names.table(),
    `t0_facts() {\n${facts}\n}`,
    'sc_begin',
    'sc_facts',
    'sc_end',
    '',
  ].join('\n');
  return { ...pack(source, request.fits, 'the facts'), from: 0, to: 0 };
}

/** The name under which a node keeps word that a handler is due. */
export function handlerId(handler: Handler): string {
  return slug(handler.name);
}

/** A name as one word of small letters, digits and hyphens. */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function split(request: BundleRequest, from: number, to: number): Bundle[] {
  const source = render(request, from, to);
  const script = packed(source, request.fits);
  if (script !== undefined) return [{ script, source, from, to }];
  if (to - from <= 1) throw tooLarge(request.steps[from]?.task.name ?? 'the handlers', source);
  const middle = from + Math.ceil((to - from) / 2);
  return [...split(request, from, middle), ...split(request, middle, to)];
}

function render(request: BundleRequest, from: number, to: number): string {
  const last = to === request.steps.length;
  const handlers = last ? request.handlers : [];
  const names = new Variables(request.hosts);
  const glances = renderGlances(request.steps.slice(from, to), from, names);
  const tasks = request.steps.slice(from, to).map((step, offset) => renderTask(step, from + offset, names));
  const due = handlers.map((handler, index) => renderHandler(handler, request.steps.length + index, names));
  const entry =
    request.entry === undefined ? [] : renderEntry(request.entry, request.hosts, names.variableOf);
  return [
    header({
      ...request,
      inlineChars: request.inlineChars - startLines(tasks.length + due.length, from),
      last,
    }),
    runtime(),
    names.table(),
    ...entry,
    'sc_begin',
    ...glances,
    ...[...tasks, ...due].flatMap((work) => (request.streams ? [work, 'sc_tell'] : [work])),
    'sc_end',
    '',
  ].join('\n');
}

/** Characters of the lines that tell which task starts: they share the output with the result. */
function startLines(count: number, from: number): number {
  return count * (2 + String(from + count).length);
}

function header(
  options: Pick<BundleRequest, 'mode' | 'runId' | 'nonce' | 'inlineChars' | 'streams' | 'exclusive'> & {
    last: boolean;
  },
): string {
  return [
    `SC_MODE=${options.mode}`,
    `SC_RUN=${options.runId}`,
    `SC_NONCE=${options.nonce}`,
    `SC_INLINE=${options.inlineChars}`,
    ...(options.streams ? ['SC_STREAM=1'] : []),
    `SC_LAST=${options.last ? 1 : ''}`,
    `SC_EXCLUSIVE=${options.exclusive ? 1 : ''}`,
    `SC_TOLD=${options.exclusive?.heldAt ?? 0}`,
    `SC_DISRUPTED=${options.exclusive?.mark ?? ''}`,
  ].join('\n');
}

/** The look at all entries at once, after the definitions that print the wanted contents. */
function renderGlances(steps: readonly Step[], from: number, names: Variables): string[] {
  const seen = steps.flatMap(({ task }, offset) =>
    task.glance === undefined ? [] : [{ task, glance: task.glance, index: from + offset }],
  );
  if (seen.length === 0) return [];
  const withContent = seen.filter(({ glance }) => glance.hasContent);
  return [
    ...withContent.flatMap(({ task, index }) => shellFunction(`t${index}_define`, task.define, names)),
    ...withContent.map(({ index }) => `sc_want ${index}`),
    `sc_look ${seen.map(({ glance }) => quote(glance.path)).join(' ')}`,
    ...(withContent.length === 0
      ? []
      : [`sc_sum "$SC_TMP"/want.* ${withContent.map(({ glance }) => quote(glance.path)).join(' ')}`]),
  ];
}

/** The line that `sc_look` prints of the entry when it is as wanted: kind, mode, owner, group, path, target. */
function glanceLine({ path, kind, mode = '', owner = '', group = '', target = '' }: Glance): string {
  if (kind === 'link') return `l ${path} ${target}`;
  return `${kind === 'file' ? 'f' : 'd'} ${mode.replace(/^0+(?=.)/, '')} ${owner} ${group} ${path}`;
}

function renderTask({ role, task }: Step, index: number, names: Variables): string {
  const { glance } = task;
  const flags = [
    task.sensitive && 's',
    task.define && 'd',
    task.onlyIf && 'i',
    (task.disruptive || task.reboots) && 'x',
    task.reboots && 'r',
    glance && 'g',
    glance?.hasContent && 'c',
    glance?.hasContent && isSmall(task.define, names) && 'm',
    task.brief && 'b',
  ]
    .filter(Boolean)
    .join('');
  const ids = (handlers: readonly Handler[] | undefined) => quote((handlers ?? []).map(handlerId).join(' '));
  return [
    ...(glance?.hasContent ? [] : shellFunction(`t${index}_define`, task.define, names)),
    ...(glance === undefined
      ? []
      : [`t${index}_path=${quote(glance.path)}`, `t${index}_entry=${quote(glanceLine(glance))}`]),
    ...shellFunction(`t${index}_only_if`, task.onlyIf, names),
    ...shellFunction(`t${index}_check`, task.check, names),
    ...shellFunction(`t${index}_apply`, task.apply, names),
    `sc_task ${index} ${quote(flags)} ${ids(task.notify)} ${ids(task.satisfies)} ${quote(`${role} : ${task.name}`)}`,
  ].join('\n');
}

/** Characters of shell that a small content takes at most: a kilobyte, and the function that prints it. */
const SMALL = 1200;

function isSmall(define: Shell | undefined, names: Variables): boolean {
  return define !== undefined && renderShell(define, names.variableOf).length <= SMALL;
}

function renderHandler(handler: Handler, index: number, names: Variables): string {
  return [
    ...shellFunction(`t${index}_apply`, handler.apply, names),
    ...shellFunction(`t${index}_check`, handler.check ?? { kind: 'shell', parts: [':'] }, names),
    `sc_handler ${index} '' ${handlerId(handler)} ${quote(handler.name)}`,
  ].join('\n');
}

function shellFunction(name: string, body: Shell | undefined, names: Variables): string[] {
  return body === undefined ? [] : [`${name}() {\n${renderShell(body, names.variableOf).trim()}\n}`];
}

/** Gives each distinct node value a variable, and writes the table in which a node finds its own. */
class Variables {
  private readonly byKey = new Map<string, { name: string; value: NodeValue }>();

  constructor(private readonly hosts: readonly Host[]) {}

  readonly variableOf = (value: NodeValue): string => {
    const key = nodeValueKey(value);
    const known = this.byKey.get(key);
    if (known !== undefined) return known.name;
    const name = value.kind === 'fact' ? `sc_fact_${value.name}` : `sc_node_${this.byKey.size}`;
    this.byKey.set(key, { name, value });
    return name;
  };

  table(): string {
    const own = [...this.byKey.values()];
    const perNode = own.flatMap(({ name, value }) => (value.kind === 'perNode' ? [{ name, value }] : []));
    const facts = own.flatMap(({ name, value }) =>
      value.kind === 'fact' ? [`${name}=$(sc_fact ${value.name})`] : [],
    );
    return [...this.rows(perNode), ...facts].join('\n');
  }

  private rows(variables: readonly { name: string; value: PerNode }[]): string[] {
    const shared = variables.filter(({ value }) => this.distinct(value).size === 1);
    const differing = variables.filter((variable) => !shared.includes(variable));
    const assignments = (host: Host, of: typeof variables) =>
      of.map(({ name, value }) => `${name}=${quote(valueOn(value, host))}`);
    const [first] = this.hosts;
    const table = this.hosts.map(
      (host) => `${quote(host.id)})\n${assignments(host, differing).join('\n')}\n;;`,
    );
    return [
      ...(first === undefined ? [] : assignments(first, shared)),
      ...(differing.length === 0
        ? []
        : [
            'sc_identify',
            'case $SC_ID in',
            ...table,
            '*) sc_die "$SC_ID is not one of the nodes that this script is for" ;;',
            'esac',
          ]),
    ];
  }

  private distinct(value: PerNode): Set<string> {
    return new Set(this.hosts.map((host) => valueOn(value, host)));
  }
}

function valueOn(value: PerNode, host: Host): string {
  const own = value.values.get(host.name);
  if (own === undefined) throw new Error(`a task has no value for node ${host.name}`);
  return own;
}

function pack(
  source: string,
  fits: (script: string) => boolean,
  what: string,
): Pick<Bundle, 'script' | 'source'> {
  const script = packed(source, fits);
  if (script === undefined) throw tooLarge(what, source);
  return { script, source };
}

function packed(source: string, fits: (script: string) => boolean): string | undefined {
  return [source, compressed(source)].find(fits);
}

/** The same script as one line of base64; nothing is written on the node, `eval` reads it from memory. */
function compressed(source: string): string {
  const data = gzipSync(source, { level: 9 }).toString('base64');
  return `set -u\neval "$(printf %s ${data} | base64 -d | gzip -dc)"\n`;
}

function tooLarge(what: string, source: string): RangeError {
  return new RangeError(
    `"${what}" makes a script of ${Math.ceil(Buffer.byteLength(source) / 1024)} KiB, more than one command can carry even compressed; let the node download large content instead`,
  );
}
