import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../provisioner/errors';
import { sandboxStatus } from '../../provisioner/sandbox/status';
import { type Contender, contenders } from './contenders';
import { type Machine, machine } from './machine';
import { type BenchNodes, onEveryNode } from './nodes';
import { pythonTools, versionOf } from './python-tools';
import { FOLDER, LINES_FILE } from './resources';

/** Before a first converge. The folder and the file of the lines are there, as the tools differ in the modes they give those. */
const BARE = `umask 022 && rm -rf ${FOLDER} && mkdir ${FOLDER} && : >${LINES_FILE}`;

type Seconds = Record<Contender['name'], number>;

export interface Comparison {
  readonly first: Seconds;
  readonly noop: Seconds;
  readonly versions: Record<Contender['name'], string>;
  readonly nodes: number;
  readonly runs: number;
  readonly machine: Machine;
}

/**
 * Times the three tools on the same nodes: whole processes, wall time, in turn, medians. What each run left on the nodes
 * is compared too: a tool that does less would not be faster.
 */
export function compare(runs: number): Comparison {
  const bin = pythonTools();
  const state = mkdtempSync(join(tmpdir(), 'stagecraft-bench-'));
  try {
    const nodes = bringUp(state);
    // A login shell's start-up files, which may be slow, are copies of this machine's: no node in AWS has those.
    onEveryNode(nodes, 'rm -f /root/.bashrc /root/.bash_profile /root/.profile');
    const all = contenders(nodes, state, bin);
    return {
      ...timed(all, nodes, runs),
      versions: versions(bin),
      nodes: nodes.nodes.length,
      runs,
      machine: machine(),
    };
  } finally {
    cli(state, 'reset');
    rmSync(state, { recursive: true, force: true });
  }
}

function timed(
  all: readonly Contender[],
  nodes: BenchNodes,
  runs: number,
): Pick<Comparison, 'first' | 'noop'> {
  const first = new Map(all.map(({ name }) => [name, [] as number[]]));
  const noop = new Map(all.map(({ name }) => [name, [] as number[]]));
  const left = new Map<string, string>();
  // Once without the clock: caches of this machine, of Python and of this project are filled.
  for (let round = 0; round <= runs; round += 1)
    for (const contender of all) {
      onEveryNode(nodes, BARE);
      const made = execute(contender);
      for (const listing of listings(nodes)) left.set(listing, contender.name);
      const again = execute(contender);
      if (!contender.changedNothing(again.output))
        throw new Error(`the second run of ${contender.name} changed something:\n${again.output}`);
      if (round === 0) continue;
      first.get(contender.name)?.push(made.seconds);
      noop.get(contender.name)?.push(again.seconds);
    }
  if (left.size !== 1) throw new Error(`the tools left different things on the nodes:\n${differences(left)}`);
  return { first: medians(first), noop: medians(noop) };
}

/** Kind, mode, owner, target and sum of everything on each node; the one line that differs per node is checked and cut. */
function listings(nodes: BenchNodes): string[] {
  const script = `cd ${FOLDER} && find . -printf '%y %m %u %g %p %l\\n' | sort && find . -type f | sort | xargs cat`;
  return onEveryNode(nodes, script).map((listing, index) => {
    const name = nodes.nodes[index]?.name ?? '';
    if (listing.split(`host = ${name}\n`).length !== 21)
      throw new Error(`${name} has not its own name in 20 files`);
    return listing.replaceAll(`host = ${name}\n`, '');
  });
}

/** The lines that only some of the listings have, each with the tool that left it. */
function differences(left: ReadonlyMap<string, string>): string {
  const lines = [...left].map(([listing, name]) => ({ name, lines: listing.split('\n') }));
  return lines
    .flatMap(({ name, lines: own }) =>
      own
        .filter((line) => lines.some((other) => !other.lines.includes(line)))
        .map((line) => `${name}: ${line}`),
    )
    .join('\n');
}

function execute({ name, command: [program, ...args], cwd, env }: Contender): {
  seconds: number;
  output: string;
} {
  const start = performance.now();
  const done = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
  });
  const seconds = (performance.now() - start) / 1000;
  const output = `${done.stdout}${done.stderr}`;
  if (done.status !== 0)
    throw new Error(`${name} ended with ${done.status}:\n${output.split('\n').slice(-40).join('\n')}`);
  return { seconds, output };
}

function medians(times: ReadonlyMap<Contender['name'], readonly number[]>): Seconds {
  const median = (name: Contender['name']) => {
    const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b);
    return Number((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(3));
  };
  return { ansible: median('ansible'), pyinfra: median('pyinfra'), stagecraft: median('stagecraft') };
}

function bringUp(state: string): BenchNodes {
  const status = sandboxStatus.parse(JSON.parse(cli(state, 'up', '--format', 'json')));
  const { ssh } = status;
  if ('unavailable' in ssh) throw new UserError(`The sandbox's nodes have no sshd: ${ssh.unavailable}`);
  return {
    nodes: status.nodes.map(({ name, instanceId }) => ({
      name,
      instanceId,
      port: z.number().parse(ssh.ports[name]),
    })),
    host: ssh.host,
    user: ssh.user,
    identityFile: ssh.identityFile,
    knownHostsFile: ssh.knownHostsFile,
  };
}

function cli(state: string, ...args: string[]): string {
  const root = resolve(__dirname, '..', '..');
  const done = spawnSync(process.execPath, ['provisioner/cli/stagecraft.cjs', 'sandbox', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, STAGECRAFT_STATE_DIR: state, CI: '1' },
  });
  if (done.status !== 0) throw new UserError(`sandbox ${args.join(' ')}: ${done.stderr.trim()}`);
  return done.stdout;
}

function versions(bin: string): Comparison['versions'] {
  const { version } = z.object({ version: z.string() }).parse(require('../../package.json'));
  return {
    ansible: versionOf(join(bin, 'ansible-playbook')).replace(/^/, ''),
    pyinfra: versionOf(join(bin, 'pyinfra')),
    stagecraft: version,
  };
}
