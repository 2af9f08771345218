import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../../provisioner/engine/events';
import { type Finished, recapOf, SandboxCli, type Started, sandboxObstacle } from '../sandbox-cli';

/** `describe` where this machine can hold a sandbox; elsewhere the tests are skipped and say why. */
export function describeFault(name: string, tests: () => void): void {
  const obstacle = sandboxObstacle();
  if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);
  (obstacle === undefined ? describe : describe.skip)(name, tests);
}

/** Long: these tests run many processes, on machines that have other work. */
export const PATIENCE_MS = 600_000;

export interface FaultRun extends Finished {
  readonly recap: ReadonlyMap<string, Record<string, number>>;
  /** What was told of it, in order, from the record on disk. */
  readonly events: readonly RunEvent[];
}

/** A sandbox with something wrong in it, driven through the command line, and what every fault test asks of it. */
export class FaultSandbox {
  readonly cli = new SandboxCli();

  /** @param selection what the runs of this test are about: `['--limit', 'agents', '--tags', 'base']` */
  constructor(private readonly selection: readonly string[]) {}

  /** Brings it up, or sets a fault: `up('--mirror-fault', 'cut')`. */
  async up(...flags: string[]): Promise<void> {
    await this.mustSucceed('sandbox', 'up', ...flags);
  }

  /** Runs to the end. */
  async provision(...args: string[]): Promise<FaultRun> {
    const started = await this.start(...args);
    return started.finished;
  }

  /** A run of its own that has begun; `told` is what it has told so far. */
  async start(...args: string[]): Promise<{
    readonly child: Started['child'];
    readonly told: () => readonly RunEvent[];
    readonly finished: Promise<FaultRun>;
  }> {
    const before = this.runs();
    const { child, finished } = this.cli.start('provision', '--env', 'sandbox', ...this.selection, ...args);
    const id = () => this.runs().find((run) => !before.includes(run));
    const told = () => this.eventsOf(id());
    return {
      child,
      told,
      finished: finished.then((end) => ({ ...end, recap: recapOf(end.stdout), events: told() })),
    };
  }

  /** Runs a script on a node as root, by hand. Fails unless it ends well. */
  async onNode(node: string, script: string): Promise<string> {
    return (await this.mustSucceed('sandbox', 'shell', node, '--', 'sh', '-euc', script)).stdout;
  }

  /**
   * Makes a program of the node slow: the next task that calls it leaves word and then waits, so that something can
   * happen in the middle of it. `inTheMiddle` waits for that word; the program is itself again after a reboot or `mend`.
   */
  async slowDown(node: string, program: string): Promise<void> {
    await this.onNode(
      node,
      `printf '%s\\n' '#!/bin/sh' 'if [ ! -e /run/mended ]; then touch /run/in-the-middle; fi' \\
         'while [ -e /run/in-the-middle ] && [ ! -e /run/mended ]; do sleep 0.1; done' 'exec ${program} "$@"' \\
         >/usr/local/sbin/${program.replace(/.*\//, '')}
       chmod 755 /usr/local/sbin/${program.replace(/.*\//, '')}`,
    );
  }

  async inTheMiddle(node: string): Promise<void> {
    await this.onNode(node, 'until [ -e /run/in-the-middle ]; do sleep 0.1; done');
  }

  async mend(node: string, program: string): Promise<void> {
    await this.onNode(node, `touch /run/mended; rm -f /usr/local/sbin/${program.replace(/.*\//, '')}`);
  }

  /** Resolves when no script is at work on the node any more, whether it ended or was killed. */
  async idle(node: string): Promise<void> {
    const lock = '/run/stagecraft/lock';
    await this.onNode(node, `while [ -e ${lock} ] && ! flock -n ${lock} true; do sleep 0.1; done`);
  }

  /** Files that were being written when something broke, and what the runtime keeps only while it is at work. */
  async leftovers(node: string): Promise<string[]> {
    const found = await this.onNode(
      node,
      `for place in /etc /usr/local /usr/lib/systemd /var/lib/rancher /var/lib/stagecraft /root; do
         [ ! -d "$place" ] || find "$place" -name '.*stagecraft.*'
       done
       for path in /var/lib/stagecraft/resume /var/lib/stagecraft/disrupted /var/lib/stagecraft/last-run.new; do
         [ ! -e "$path" ] || echo "$path"
       done`,
    );
    return found.split('\n').filter((line) => line !== '');
  }

  /** What is asked after every fault: the next run converges, and the one after it has nothing to do. */
  async converges(): Promise<void> {
    const next = await this.provision();
    expect(next).toMatchObject({ code: 0, stderr: '' });
    for (const figures of next.recap.values()) expect(figures).toMatchObject({ failed: 0, unreachable: 0 });
    const last = await this.provision();
    expect(last).toMatchObject({ code: 0, stderr: '' });
    for (const figures of last.recap.values())
      expect(figures).toMatchObject({ changed: 0, failed: 0, unreachable: 0 });
    for (const node of last.recap.keys()) expect(await this.leftovers(node)).toEqual([]);
  }

  remove(): Promise<void> {
    return this.cli.remove();
  }

  private async mustSucceed(...args: string[]): Promise<Finished> {
    const end = await this.cli.run(...args);
    if (end.code !== 0)
      throw new Error(`${args.join(' ')}: exit code ${end.code}\n${end.stdout}${end.stderr}`);
    return end;
  }

  private runs(): string[] {
    const folder = join(this.cli.state, 'runs');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  private eventsOf(run: string | undefined): RunEvent[] {
    const file = join(this.cli.state, 'runs', run ?? '', 'events.jsonl');
    if (run === undefined || !existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line): RunEvent => JSON.parse(line));
  }
}

/** Waits, by asking again, until something is so; the test's own time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
