import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../../../provisioner/engine/steps';
import type { Task } from '../../../provisioner/engine/task';
import { removalPlays } from '../../../provisioner/roles/k3s/removal';
import { bench, shells } from '../../tasks/harness';
import { exampleContext } from '../example';

const obstacle = cgroupObstacle();
if (obstacle !== undefined) console.warn(`skipped: pods in real cgroups: ${obstacle}`);
const maybe = obstacle === undefined ? describe : describe.skip;

// Busybox as the shell, with the programs of the system, as on a node.
maybe.each(shells.map((shell) => ({ ...shell, applets: false })))(
  'the pods of a node that is removed, under $name',
  (shell) => {
    const root = join(cgroup2() ?? '', `stagecraft-test-${process.pid}`);
    const slice = join(root, 'kubepods.slice');
    const pod = join(slice, 'kubepods-burstable.slice');
    // Its own /proc: no shim of this machine is ever looked at, and its own place for cgroups.
    const inside = [
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      '--',
      'sh',
      '-c',
      `mount --bind '${root}' /sys/fs/cgroup && exec "$@"`,
      'sh',
    ];
    let on: ReturnType<typeof bench>;
    let container: ChildProcess;

    beforeEach(() => {
      on = bench({ shell, inside });
      mkdirSync(pod, { recursive: true });
      container = spawn('sleep', ['600'], { stdio: 'ignore' });
      writeFileSync(join(pod, 'cgroup.procs'), String(container.pid));
    });
    afterEach(async () => {
      await ended(container);
      for (const folder of [pod, slice, root]) rmdirSync(folder);
      on.remove();
    });

    it('end, those too whose shim is gone', async () => {
      const { before } = on.converge(podsEnded());
      expect(before.output).toContain('processes of pods still run');
      await ended(container, 'by itself');
      expect(container.signalCode).toBe('SIGKILL');
    });
  },
);

function podsEnded(): Task {
  const context = exampleContext({ servers: { count: 3 } });
  const host = (name: string, group: string) => ({ name, id: name, groups: [group] });
  const agent = host('test-general-1', 'agents');
  const plays = removalPlays(context, {
    node: agent.name,
    through: host('test-server-1', 'servers'),
    host: agent,
  });
  const tasks = plays.flatMap((play) => stepsOf(play, context)).map(({ task }) => task);
  const found = tasks.find(({ name }) => name === 'no pod runs on');
  if (found === undefined) throw new Error('no such task');
  return found;
}

async function ended(child: ChildProcess, how?: 'by itself'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (how === undefined) child.kill('SIGKILL');
  await gone;
}

/** Where this machine has cgroup v2. */
function cgroup2(): string | undefined {
  const line = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find((one) => one.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1];
}

/** Why this machine cannot have groups for tests; undefined where it can. */
function cgroupObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'cgroups need root';
  const root = cgroup2();
  if (root === undefined) return 'no cgroup v2 is mounted here';
  const probe = join(root, `stagecraft-probe-${process.pid}`);
  try {
    mkdirSync(probe);
    const kills = existsSync(join(probe, 'cgroup.kill'));
    rmdirSync(probe);
    return kills ? undefined : 'the kernel is older than cgroup.kill';
  } catch {
    return 'cgroups cannot be made here';
  }
}
