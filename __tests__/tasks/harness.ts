import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeSource } from '../../provisioner/engine/runtime';
import { type NodeValue, nodeValueKey, renderShell, type Shell } from '../../provisioner/engine/shell';
import type { Handler, Task } from '../../provisioner/engine/task';

/** Runs single tasks for real, with the runtime's helpers, in each of the shells that a node may have. */
export interface Bench {
  /** A folder of this test's own. */
  readonly dir: string;
  /** Puts a command of this name before the system's. */
  fake(name: string, script: string): void;
  check(task: Task): Result;
  apply(task: Task | Handler): Result;
  /** Check, apply, check again; fails the test unless it goes not as wanted → done → as wanted. */
  converge(task: Task): { readonly before: Result; readonly applied: Result };
  /** A text below the folder. */
  read(name: string): string;
  write(name: string, content: string): string;
  remove(): void;
}

export interface Result {
  readonly code: number;
  /** Standard output and error together, as the runtime takes them. */
  readonly output: string;
  /** What the task told the operator by `sc_say`. */
  readonly said: string;
}

export interface BenchOptions {
  readonly shell: TestShell;
  /** Values of node values, found by the very object. Default: an error for any. */
  readonly values?: ReadonlyMap<NodeValue, string>;
  /** Mounted over the system's own for the task only: target → a path below the folder. */
  readonly mounts?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the scripts run by, `nsenter` and its arguments for instance. Default: nothing. */
  readonly inside?: readonly string[];
}

export interface TestShell {
  readonly name: string;
  readonly argv: readonly string[];
  /** Busybox: its own `diff`, `awk`, `stat` … stand before the system's. */
  readonly applets: boolean;
}

const allShells: readonly TestShell[] = [
  { name: 'dash', argv: ['dash'], applets: false },
  { name: 'bash', argv: ['bash'], applets: false },
  { name: 'busybox', argv: ['busybox', 'sh'], applets: true },
];

/** Who runs the tests: what they write is theirs. */
export const me = {
  owner: execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
  group: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim(),
};

/** The shells that are installed; says which are not. */
export const shells = allShells.filter(({ name }) => installed(name, 'its tests are left out'));

export const shellcheck = installed('shellcheck', 'generated scripts are not checked');

/** Whether a test may mount over the system's files in a namespace of its own. */
export const canMount = (() => {
  const { status } = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  if (status !== 0)
    console.warn('skipped: unshare -Urm is not permitted, and so nothing is mounted over system files');
  return status === 0;
})();

export function bench(options: BenchOptions): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'stagecraft-task-'));
  for (const name of ['bin', 'state', 'scratch']) mkdirSync(join(dir, name));
  const run = (steps: readonly (Shell | undefined)[]) => runScript(dir, options, steps);
  const self: Bench = {
    dir,
    fake: (name, script) => {
      writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(dir, 'bin', name), 0o755);
    },
    check: (task) => run([task.define, task.check]),
    apply: (task) => run(['define' in task ? task.define : undefined, task.apply]),
    converge: (task) => {
      const before = self.check(task);
      if (before.code === 0) throw new Error(`${task.name}: already as wanted`);
      const applied = self.apply(task);
      if (applied.code !== 0) throw new Error(`${task.name}: apply failed\n${applied.output}${applied.said}`);
      const after = self.check(task);
      if (after.code !== 0) throw new Error(`${task.name}: did not converge\n${after.output}${after.said}`);
      return { before, applied };
    },
    read: (name) => readFileSync(join(dir, name), 'utf8'),
    write: (name, content) => {
      mkdirSync(join(dir, name, '..'), { recursive: true });
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
  return self;
}

/** What shellcheck has to say of a task's own script; an empty string when it is clean. */
export function lint(task: Task | Handler): string {
  const pieces =
    'define' in task ? [task.define, task.onlyIf, task.check, task.apply] : [task.check, task.apply];
  const used: string[] = [];
  const variableOf = (value: NodeValue) => {
    const variable = `SC_V_${nodeValueKey(value).replace(/\W/g, '_').slice(0, 12)}`;
    used.push(variable);
    return variable;
  };
  const functions = pieces.map((piece, index) => shellFunction(`t_${index}`, piece, variableOf));
  const calls = pieces.map((_, index) => `t_${index}`);
  const table = [...new Set(used)].map((variable) => `${variable}=one`);
  const source = [
    '#!/bin/sh',
    'SC_TMP=/run/x SC_STATE=/run/y',
    ...table,
    ...functions,
    ...calls,
    'echo "$SC_TMP$SC_STATE"',
    '',
  ].join('\n');
  // SC2034, SC2317, SC2329: some variables and functions serve only one of the pieces.
  const { stdout, stderr } = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC2034,SC2317,SC2329', '-'], {
    input: source,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

/** Every file below a folder with its content, mode and times: equal before and after what only reads. */
export function fingerprint(dir: string): string {
  const listing = execFileSync(
    'find',
    [dir, '-not', '-path', '*/scratch*', '-printf', '%p %m %u %g %s %T@ %l\\n'],
    { encoding: 'utf8' },
  );
  return listing.split('\n').sort().join('\n');
}

function runScript(dir: string, options: BenchOptions, steps: readonly (Shell | undefined)[]): Result {
  const { shell, values = new Map(), mounts = {}, env = {}, inside = [] } = options;
  const table = new Map(
    [...values].map(([value, text], index) => [nodeValueKey(value), { name: `SC_V${index}`, text }]),
  );
  const variableOf = (value: NodeValue) => {
    const row = table.get(nodeValueKey(value));
    if (row === undefined) throw new Error('the test gives no value for a node value');
    return row.name;
  };
  const bin = [join(dir, 'bin'), ...(shell.applets ? [appletFolder()] : [])].join(':');
  const functions = steps.map((step, index) => shellFunction(`t_${index}`, step, variableOf));
  const script = [
    'SC_MODE=apply SC_RUN=test SC_NONCE=n SC_INLINE=1 SC_LAST=1',
    runtimeSource(),
    `PATH=${bin}:$PATH`,
    'mkdir -p "$SC_TMP"',
    `exec 4>"${dir}/scratch/said"`,
    ...[...table.values()].map(({ name }) => `${name}=$TEST_${name}`),
    ...functions,
    `( set -eu; ${steps.map((_, index) => `t_${index}`).join('; ')} ) </dev/null 2>&1`,
  ].join('\n');
  const command = withMounts(dir, mounts, [...shell.argv, writeScript(dir, script)]);
  const [program = 'sh', ...args] = [...inside, ...command];
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      SC_STATE: join(dir, 'state'),
      SC_LOGS: join(dir, 'logs'),
      SC_SCRATCH: join(dir, 'scratch'),
      ...Object.fromEntries([...table.values()].map(({ name, text }) => [`TEST_${name}`, text])),
      ...env,
    },
  });
  return {
    code: status ?? -1,
    output: stdout + stderr,
    said: readFileSync(join(dir, 'scratch/said'), 'utf8'),
  };
}

function withMounts(dir: string, mounts: Readonly<Record<string, string>>, command: string[]): string[] {
  const entries = Object.entries(mounts);
  if (entries.length === 0) return command;
  const lines = entries.map(
    ([target, source]) => `mount --bind '${join(dir, source)}' '${target}' || exit 99`,
  );
  return ['unshare', '-Urm', 'sh', '-c', `${lines.join('\n')}\nexec "$@"`, 'sh', ...command];
}

/** Outside what `fingerprint` looks at. */
function writeScript(dir: string, script: string): string {
  const path = join(dir, 'scratch', 'script.sh');
  writeFileSync(path, script);
  return path;
}

function shellFunction(
  name: string,
  body: Shell | undefined,
  variableOf: (value: NodeValue) => string,
): string {
  return `${name}() {\n${body === undefined ? ':' : renderShell(body, variableOf)}\n}`;
}

let applets: string | undefined;

/** Links to all that busybox can do; one folder for a test file. */
function appletFolder(): string {
  if (applets === undefined) {
    applets = mkdtempSync(join(tmpdir(), 'stagecraft-applets-'));
    execFileSync('busybox', ['--install', '-s', applets]);
  }
  return applets;
}

afterAll(() => {
  if (applets !== undefined) rmSync(applets, { recursive: true, force: true });
  applets = undefined;
});

function installed(name: string, otherwise: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  if (!found) console.warn(`skipped: ${name} is not installed: ${otherwise}`);
  return found;
}
