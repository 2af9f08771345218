import type { Counts, EventBody, RunEvent, TaskEvent } from '../provisioner/engine/events';
import { addCounts, noCounts } from '../provisioner/engine/events';

/**
 * The events of a run that never was: for the report's tests, its benchmark and its picture. The same figures give the same
 * events. Three nodes' downloads fail, one node does not converge, one can't be reached, and a rollout in batches changes
 * files.
 *
 * @param moreTasks tasks of each node beside the 29 that the example has
 */
export function exampleRun({ nodes = 100, moreTasks = 0, seed = 7 } = {}): RunEvent[] {
  return new ExampleRun(nodes, moreTasks, seed).events();
}

const START = Date.UTC(2026, 10, 25, 3, 12, 40);
const RUN = '20261125T031240-5c1e';

interface ExampleTask {
  readonly role: string;
  readonly task: string;
  readonly milliseconds: number;
  /** Part of the nodes that it changes. */
  readonly changes: number;
  readonly diff?: (node: string) => string;
  readonly handler?: true;
}

interface ExamplePlay {
  readonly name: string;
  /** Nodes at a time. */
  readonly serial?: number;
  readonly tasks: readonly ExampleTask[];
}

const plays: readonly ExamplePlay[] = [
  {
    name: 'base',
    tasks: [
      ...named('base', 60, 'hostname', 'timezone Asia/Seoul', 'swap is off', 'kernel module br_netfilter'),
      ...named('base', 90, 'kernel module overlay', 'sysctl net.ipv4.ip_forward', 'sysctl vm.max_map_count'),
      {
        role: 'base',
        task: 'packages curl, chrony, jq',
        milliseconds: 2400,
        changes: 0.1,
        diff: () => 'chrony is not installed\n',
      },
      { role: 'base', task: '/etc/chrony/chrony.conf', milliseconds: 120, changes: 0.6, diff: chronyDiff },
      ...named('base', 40, 'service chrony', '/etc/apt/apt.conf.d/20auto-upgrades', 'journald keeps 500 MB'),
      ...named('ssh', 30, '/etc/ssh/sshd_config.d/10-stagecraft.conf', 'service ssh', 'no password logins'),
      { role: 'handler', task: 'restart chrony', milliseconds: 350, changes: 0.6, handler: true },
    ],
  },
  {
    name: 'k3s agents',
    serial: 25,
    tasks: [
      ...named('k3s', 50, '/etc/rancher/k3s', 'registries.yaml', 'token from Parameter Store'),
      {
        role: 'k3s',
        task: 'download k3s v1.33.5+k3s1',
        milliseconds: 5200,
        changes: 0.95,
        diff: () => '/usr/local/bin/k3s: sha256 is 1f5d90…, wanted c02bd4…\n',
      },
      {
        role: 'k3s',
        task: '/etc/rancher/k3s/config.yaml',
        milliseconds: 80,
        changes: 0.95,
        diff: configDiff,
      },
      ...named('k3s', 45, 'unit k3s-agent.service', 'log rotation'),
      {
        role: 'k3s',
        task: 'service k3s-agent',
        milliseconds: 3100,
        changes: 0.95,
        diff: () => 'k3s-agent is at another version\n',
      },
      { role: 'k3s', task: 'node is Ready', milliseconds: 1900, changes: 0 },
    ],
  },
  {
    name: 'monitoring',
    tasks: named('node-exporter', 70, 'user node-exporter', 'binary', 'unit', 'service', 'port 9100 answers'),
  },
];

function named(role: string, milliseconds: number, ...tasks: string[]): ExampleTask[] {
  return tasks.map((task) => ({ role, task, milliseconds, changes: 0 }));
}

function chronyDiff(): string {
  return `--- /etc/chrony/chrony.conf\n+++ /etc/chrony/chrony.conf\n@@ -1,4 +1,4 @@\n-pool ntp.ubuntu.com iburst maxsources 4\n+server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4\n keyfile /etc/chrony/chrony.keys\n driftfile /var/lib/chrony/chrony.drift\n makestep 1.0 3\n`;
}

function configDiff(node: string): string {
  const zone = ['a', 'b', 'c'][Number(node.replace(/\D/g, '')) % 3];
  return `--- /etc/rancher/k3s/config.yaml\n+++ /etc/rancher/k3s/config.yaml\n@@ -3,3 +3,4 @@\n server: https://10.0.1.10:6443\n node-label:\n   - topology.kubernetes.io/zone=ap-northeast-2${zone}\n+  - stagecraft.dev/release=v1.33.5\n`;
}

class ExampleRun {
  private readonly told: RunEvent[] = [];
  private readonly hosts: string[];
  private readonly recap = new Map<string, Counts>();
  private readonly gone = new Set<string>();
  private readonly plays: readonly ExamplePlay[];
  private clock = START;

  constructor(
    nodes: number,
    moreTasks: number,
    private seed: number,
  ) {
    this.hosts = Array.from({ length: nodes }, (_, index) => nodeName(index, nodes));
    for (const host of this.hosts) this.recap.set(host, noCounts);
    const more = Array.from({ length: moreTasks }, (_, index) => `file /etc/example/${index}.conf`);
    this.plays = [
      ...plays,
      ...(moreTasks === 0 ? [] : [{ name: 'files', tasks: named('files', 60, ...more) }]),
    ];
  }

  events(): RunEvent[] {
    this.tell({
      type: 'run-started',
      runId: RUN,
      environment: 'prod',
      mode: 'apply',
      transport: 'ssm',
      plays: this.plays.map(({ name }) => name),
      hosts: this.hosts,
      origin: {
        user: 'jiwoo',
        host: 'ops-laptop',
        command: 'provision --env prod',
        started: '2026-11-25T03:12:40Z',
      },
    });
    this.clock += 900;
    this.leave(this.hosts[Math.floor(this.hosts.length * 0.41)] ?? '');
    this.clock += 2100;
    for (const node of this.left(this.hosts))
      this.tell({
        type: 'facts',
        node,
        facts: {
          hostname: node,
          arch: 'arm64',
          os_pretty_name: 'Ubuntu 24.04.3 LTS',
          kernel: '6.14.0-1012-aws',
          cpus: '2',
          memory_kib: '3900000',
        },
      });
    for (const play of this.plays) this.play(play);
    this.tell({
      type: 'run-finished',
      recap: Object.fromEntries(this.recap),
      commands: 12,
      apiCalls: 96,
      throttles: 3,
      milliseconds: this.clock - START,
    });
    return this.told;
  }

  private play({ name, serial, tasks }: ExamplePlay): void {
    const started = this.clock;
    const hosts = this.left(this.hosts);
    this.tell({ type: 'play-started', play: name, hosts, tasks: tasks.length });
    const size = serial ?? hosts.length;
    for (let at = 0; at < hosts.length; at += size) this.batch(name, hosts.slice(at, at + size), tasks);
    this.tell({ type: 'play-finished', play: name, milliseconds: this.clock - started });
  }

  private batch(play: string, hosts: readonly string[], tasks: readonly ExampleTask[]): void {
    this.tell({ type: 'batch-started', play, hosts });
    const started = this.clock;
    let latest = started;
    const reports = hosts.map((node) => {
      const results = this.results(play, node, tasks);
      const took = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      return { node, results, at: started + 700 + Math.round(this.random() * 1500) + took };
    });
    for (const { node, results, at } of reports.sort((a, b) => a.at - b.at)) {
      this.clock = at;
      latest = Math.max(latest, at);
      let counts = noCounts;
      for (const result of results) {
        counts = addCounts(counts, countsOf(result));
        this.tell(result);
      }
      this.recap.set(node, addCounts(this.recap.get(node) ?? noCounts, counts));
      this.tell({ type: 'node-finished', play, node, counts });
    }
    this.clock = latest + 400;
  }

  private results(play: string, node: string, tasks: readonly ExampleTask[]): TaskEvent[] {
    const results: TaskEvent[] = [];
    const speed = 0.7 + this.random() * 0.9;
    for (const task of tasks) {
      const changed = this.random() < task.changes;
      if (task.handler && !changed) continue;
      const broken = this.failure(play, node, task);
      const base = {
        type: 'task',
        play,
        role: task.role,
        task: task.task,
        node,
        handler: task.handler === true,
      } as const;
      const milliseconds = Math.round(
        (changed || broken ? task.milliseconds : task.milliseconds * 0.25) *
          speed *
          (0.6 + this.random() * 0.8),
      );
      const diff = task.diff === undefined ? {} : { diff: task.diff(node) };
      if (broken !== undefined) {
        this.gone.add(node);
        return [
          ...results,
          {
            ...base,
            ...diff,
            status: 'failed',
            milliseconds,
            error: { ...broken, log: `${node}:/var/log/stagecraft/${RUN}.log` },
          },
        ];
      }
      const skipped = task.task === 'log rotation' && this.random() < 0.3;
      results.push({
        ...base,
        status: skipped ? 'skipped' : changed ? 'changed' : 'ok',
        milliseconds,
        ...(changed ? diff : {}),
      });
    }
    return results;
  }

  private failure(
    play: string,
    node: string,
    { task }: ExampleTask,
  ): Pick<NonNullable<TaskEvent['error']>, 'what' | 'lastLines'> | undefined {
    const index = this.hosts.indexOf(node);
    const part = Math.floor((index / this.hosts.length) * 100);
    if (play === 'k3s agents' && task.startsWith('download') && part >= 63 && part < 66)
      return {
        what: 'apply failed with exit code 22',
        lastLines: [
          'curl: (22) The requested URL returned error: 503',
          'the mirror did not answer after 5 tries',
        ],
      };
    if (task === 'node is Ready' && part === 88)
      return {
        what: 'did not converge: apply succeeded, but the check after it still fails (exit code 1)',
        lastLines: ['NotReady: container runtime network not ready: cni plugin not initialized'],
      };
    return undefined;
  }

  private leave(node: string): void {
    this.gone.add(node);
    this.recap.set(node, { ...noCounts, unreachable: 1 });
    this.tell({ type: 'node-unreachable', node, reason: 'its SSM agent is ConnectionLost' });
  }

  private left(hosts: readonly string[]): string[] {
    return hosts.filter((host) => !this.gone.has(host));
  }

  private tell(event: EventBody): void {
    this.told.push({ time: new Date(this.clock).toISOString(), ...event });
  }

  /** Park and Miller's generator: the same events every time. */
  private random(): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed / 2_147_483_647;
  }
}

function nodeName(index: number, nodes: number): string {
  const groups = ['general', 'web', 'batch', 'database'];
  const size = Math.ceil(nodes / groups.length);
  return `prod-${groups[Math.floor(index / size)]}-${(index % size) + 1}`;
}

function countsOf({ status }: TaskEvent): Counts {
  const isOk = status === 'ok' || status === 'changed';
  return {
    ...noCounts,
    ok: isOk ? 1 : 0,
    changed: status === 'changed' ? 1 : 0,
    failed: status === 'failed' ? 1 : 0,
    skipped: status === 'skipped' ? 1 : 0,
  };
}
