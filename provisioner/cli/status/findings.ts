import type { LastRun } from '../../engine/last-run';
import { count } from '../output/describe';
import { foldedNames } from '../output/folded';
import type { Evidence } from './evidence';
import { ago, day, daysUntil, minute } from './moments';
import { brokenOff, newest } from './runs';
import type { Finding, NodeStatus } from './status';

/** The nodes by name, as they have been assessed. */
type Nodes = Readonly<Record<string, NodeStatus>>;

/** How many lines a finding may have: the status is one screen, `plan` and `--format json` have the rest. */
const DETAILS = 8;

export function reachability({ observation }: Evidence, nodes: Nodes): Finding {
  const all = Object.entries(nodes);
  const { stopped } = observation.result;
  if (stopped?.kind === 'refused')
    return {
      about: 'nodes',
      level: 'bad',
      what: 'the inventory is not that of these nodes',
      details: [stopped.reason],
      next: 'Deploy the environment, so that the inventory is up to date.',
    };
  const silent = all.filter(([, { reachable }]) => !reachable);
  const lost = [...observation.unreachable].filter(([name]) => nodes[name]?.reachable);
  if (silent.length + lost.length === 0)
    return { about: 'nodes', level: 'ok', what: `${count(all.length, 'node')}, all reachable`, details: [] };
  return {
    about: 'nodes',
    level: 'bad',
    what: `${silent.length + lost.length} of ${count(all.length, 'node')} unreachable`,
    details: short([
      ...silent.map(([name, { reason }]) => `${name}: ${reason ?? ''}`),
      ...lost.map(([name, reason]) => `${name}: ${reason}`),
    ]),
    next: 'A run leaves them out. See "When a run fails" in docs/operations.md.',
  };
}

export function lock({ lease, now }: Evidence): Finding {
  if (lease.state === 'free') return { about: 'lock', level: 'ok', what: 'free', details: [] };
  if (lease.state === 'unknown')
    return { about: 'lock', level: 'attention', what: `unknown: ${lease.reason}`, details: [] };
  const holder = `${lease.user} on ${lease.host} since ${minute(lease.started)} (${ago(lease.started, now)}): ${lease.command}, at ${lease.doing}`;
  if (lease.state === 'held') return { about: 'lock', level: 'ok', what: `held by ${holder}`, details: [] };
  return {
    about: 'lock',
    level: 'attention',
    what: `left by a run that is gone: ${holder}`,
    details: [],
    next: 'The next run makes sure of that and takes it over by itself.',
  };
}

export function lastRun(evidence: Evidence, nodes: Nodes): Finding {
  const { environment, now } = evidence;
  const again = `\`npm run provision -- --env ${environment.name}\``;
  const last = newest(nodes);
  if (last === undefined)
    return {
      about: 'last run',
      level: 'attention',
      what: 'none that the nodes remember',
      details: [],
      next: `${again} makes them what the roles say.`,
    };
  const { run } = last;
  const what = `${run.command} by ${run.user} on ${run.host}, ${minute(run.started)} (${ago(run.started, now)})`;
  const broken = brokenOff(nodes, evidence.lease.state === 'held');
  if (broken.length > 0)
    return {
      about: 'last run',
      level: 'bad',
      what: `${what}: not finished on ${count(broken.length, 'node')}`,
      details: short(
        [...grouped(broken.map(({ name, run: own }) => [howItEnded(own), name]))].map(
          ([ending, names]) => `${foldedNames(names)}: ${ending}`,
        ),
      ),
      next: `Mend the cause, then ${again} goes on: what is done stays done.`,
    };
  const changed = last.nodes.reduce((sum, { run: own }) => sum + own.changed, 0);
  const ending =
    run.state === 'running'
      ? 'at work now'
      : `finished, ${count(changed, 'task')} changed on ${count(last.nodes.length, 'node')}`;
  return { about: 'last run', level: 'ok', what: `${what}: ${ending}`, details: [] };
}

function howItEnded({ state, play, run }: LastRun): string {
  return `${state === 'failed' ? 'failed' : 'broke off'} in play "${play}", log: /var/log/stagecraft/${run}.log`;
}

export function drift({ observation, environment, driftChecked }: Evidence, nodes: Nodes): Finding {
  if (!driftChecked)
    return { about: 'drift', level: 'ok', what: 'not looked for while a run is at work', details: [] };
  const looked = Object.entries(nodes).filter(([, node]) => node.drift !== undefined);
  const broken = observation.tasks.filter(({ status }) => status === 'failed');
  const stopped = observation.result.stopped;
  if (broken.length > 0 || (stopped !== undefined && stopped.kind !== 'refused'))
    return {
      about: 'drift',
      level: 'bad',
      what: 'could not be looked for everywhere',
      details: short([
        ...(stopped === undefined ? [] : [stopped.reason]),
        ...broken.map(({ node, role, task, error }) => `${node}: ${role} : ${task}: ${error?.what ?? ''}`),
      ]),
      next: `\`npm run plan -- --env ${environment.name}\` shows more.`,
    };
  if (looked.length === 0)
    return { about: 'drift', level: 'attention', what: 'unknown: no node was looked at', details: [] };
  const byTask = new Map<string, string[]>();
  for (const [name, node] of looked)
    for (const task of node.drift ?? []) byTask.set(task, [...(byTask.get(task) ?? []), name]);
  const differing = looked.filter(([, node]) => (node.drift ?? []).length > 0);
  if (differing.length === 0)
    return {
      about: 'drift',
      level: 'ok',
      what: `none: ${looked.length === 1 ? 'the node is' : `all ${looked.length} nodes are`} as wanted`,
      details: [],
    };
  return {
    about: 'drift',
    level: 'attention',
    what: `${differing.length} of ${count(looked.length, 'node')} would change, in ${count(byTask.size, 'task')}`,
    details: short(
      [...byTask]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([task, names]) => `${task}  (${whose(names, looked.length)})`),
      'tasks',
    ),
    next: `\`npm run plan -- --env ${environment.name}\` shows how; \`npm run provision -- --env ${environment.name}\` makes it so.`,
  };
}

export function k3s({ environment }: Evidence, nodes: Nodes): Finding[] {
  const wanted = environment.k3s.version;
  const reached = reachable(nodes);
  if (reached.length === 0) return [];
  const others = grouped(reached.map(([name, node]) => [node.k3s ?? 'not installed', name]));
  const right = others.get(wanted)?.length ?? 0;
  if (right === reached.length)
    return [{ about: 'k3s', level: 'ok', what: `${wanted} on ${everyOne(reached.length)}`, details: [] }];
  return [
    {
      about: 'k3s',
      level: 'attention',
      what: `${wanted} is wanted, ${right} of ${count(reached.length, 'node')} have it`,
      details: short(
        [...others]
          .filter(([version]) => version !== wanted)
          .map(([version, names]) => `${version}: ${foldedNames(names)}`),
      ),
      next: `\`npm run provision -- --env ${environment.name}\` installs it.`,
    },
  ];
}

export function system({ environment }: Evidence, nodes: Nodes): Finding[] {
  const reached = reachable(nodes);
  if (reached.length === 0) return [];
  const waiting = reached.filter(([, node]) => node.rebootRequired).map(([name]) => name);
  const versions = `${spread(reached.map(([name, node]) => [node.os ?? 'unknown system', name]))}; kernel ${spread(reached.map(([name, node]) => [node.kernel ?? 'unknown', name]))}`;
  if (waiting.length === 0) return [{ about: 'system', level: 'ok', what: versions, details: [] }];
  return [
    {
      about: 'system',
      level: 'attention',
      what: `${count(waiting.length, 'node')} must be rebooted for updates to take effect: ${foldedNames(waiting)}`,
      details: [versions],
      next: rebootAdvice[environment.system.reboot](environment.name),
    },
  ];
}

const rebootAdvice: Readonly<
  Record<Evidence['environment']['system']['reboot'], (environment: string) => string>
> = {
  'when-needed': (name) => `\`npm run provision -- --env ${name}\` reboots them, one at a time and drained.`,
  'on-request': (name) =>
    `\`npm run provision -- --env ${name} --tags reboot\` reboots them, one at a time and drained.`,
  never: (name) => `No run does it: system.reboot in environments/${name}.ts is "never".`,
};

export function outOfService({ environment }: Evidence, nodes: Nodes): Finding[] {
  const away = Object.entries(nodes).flatMap(([name, { outOfService: by }]) =>
    by === undefined ? [] : [[by, name] as const],
  );
  if (away.length === 0) return [];
  return [
    {
      about: 'service',
      level: 'bad',
      what: `${count(away.length, 'node')} taken out of service and not put back`,
      details: short([...grouped(away)].map(([by, names]) => `${foldedNames(names)}: by ${by}`)),
      next: `\`npm run provision -- --env ${environment.name}\` goes on where it was.`,
    },
  ];
}

export function certificates({ observation, now }: Evidence, nodes: Nodes): Finding[] {
  const warnings = observation.warnings.filter(({ about }) => about === 'certificate');
  if (warnings.length > 0)
    return warnings.map(({ what, next }) => ({
      about: 'certificates',
      level: what.includes(' expired on ') ? 'bad' : 'attention',
      what,
      details: [],
      next,
    }));
  const [first] = reachable(nodes)
    .flatMap(([name, { certificateExpires: date }]) => (date === undefined ? [] : [{ name, date }]))
    .sort((a, b) => a.date.localeCompare(b.date));
  if (first === undefined) return [];
  const what = `the first ends on ${day(first.date)}, in ${count(daysUntil(first.date, now), 'day')} (${first.name})`;
  return [{ about: 'certificates', level: 'ok', what, details: [] }];
}

export function membership({ observation }: Evidence): Finding[] {
  return observation.warnings
    .filter(({ about }) => about === 'membership')
    .map(({ what, next }) => ({ about: 'membership', level: 'attention', what, details: [], next }));
}

function reachable(nodes: Nodes): [string, NodeStatus][] {
  return Object.entries(nodes).filter(([, node]) => node.reachable);
}

function grouped(pairs: readonly (readonly [value: string, name: string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [value, name] of pairs) groups.set(value, [...(groups.get(value) ?? []), name]);
  return new Map([...groups].sort(([, a], [, b]) => b.length - a.length));
}

/** `6.8.0-31 on all 5`, or `6.8.0-31 on 4, 6.8.0-30 on db-1`. */
function spread(pairs: readonly (readonly [value: string, name: string])[]): string {
  const groups = [...grouped(pairs)];
  if (groups.length === 1) return groups.map(([value]) => `${value} on ${everyOne(pairs.length)}`).join();
  return groups
    .map(([value, names]) => `${value} on ${names.length > 3 ? names.length : foldedNames(names)}`)
    .join(', ');
}

function everyOne(number: number): string {
  return number === 1 ? 'the node' : `all ${number}`;
}

function whose(names: readonly string[], all: number): string {
  return names.length === all ? everyOne(all) : foldedNames(names);
}

function short(lines: readonly string[], of = 'lines'): string[] {
  return lines.length <= DETAILS
    ? [...lines]
    : [...lines.slice(0, DETAILS - 1), `… and ${lines.length - DETAILS + 1} more ${of}`];
}
