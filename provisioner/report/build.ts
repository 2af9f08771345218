import type { Counts, RunEvent, TaskEvent } from '../engine/events';
import type { RunOrigin } from '../engine/last-run';
import { NodeDraft, PlayDraft } from './drafts';
import type { DisruptionReport, NodeReport, Prerequisite, Report, TaskName, Verdict } from './model';
import { Texts } from './texts';
import { visible } from './visible';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Of errors, and of everything else: so that a change of everything never crowds out why something failed. */
const BUDGET = { errors: 6_000_000, changes: 6_000_000 };

/** The report of a run from its events, in order; undefined when they don't begin with the start of one. */
export function reportOf(events: Iterable<RunEvent>): Report | undefined {
  const builder = new ReportBuilder();
  for (const event of events) builder.add(event);
  return builder.report();
}

/**
 * Puts a report together event by event. It keeps no event and each text once, so it stays small during the run of a
 * large fleet.
 */
export class ReportBuilder {
  private readonly errors = new Texts(BUDGET.errors);
  private readonly changes = new Texts(BUDGET.changes);
  private readonly names = new Map<string, string>();
  private readonly plays: PlayDraft[] = [];
  private readonly nodes = new Map<string, NodeDraft>();
  private readonly tasks: TaskName[] = [];
  private readonly taskIndex = new Map<string, number>();
  private readonly prerequisites: Prerequisite[] = [];
  private readonly disruptions: DisruptionDraft[] = [];
  private readonly warnings: { what: string; next: string }[] = [];
  private started: EventOf<'run-started'> | undefined;
  private finished: EventOf<'run-finished'> | undefined;
  private startedAt = 0;
  private latest = 0;

  add(event: RunEvent): void {
    if (event.type === 'run-started') this.begin(event);
    if (this.started === undefined) return;
    const at = Math.max(0, Date.parse(event.time) - this.startedAt);
    this.latest = Math.max(this.latest, at);
    switch (event.type) {
      case 'play-started':
        Object.assign(this.play(event.play), { start: at, nodes: event.hosts.length });
        for (const host of event.hosts) this.node(host).batchStart = at;
        break;
      case 'batch-started':
        for (const host of event.hosts) this.node(host).batchStart = at;
        break;
      case 'play-finished':
        this.play(event.play).end = at;
        break;
      case 'play-skipped':
        Object.assign(this.play(event.play), { skipped: visible(event.reason), start: at, end: at });
        break;
      case 'task':
        this.addTask(event, at);
        break;
      case 'node-unreachable':
      case 'node-cancelled':
        this.leave(event, at);
        break;
      case 'node-finished':
        this.node(event.node).settle();
        break;
      case 'node-held':
        this.node(event.node).hold({
          kind: 'held',
          reason: visible(`waited for its turn before ${event.role} : ${event.task}; the run ended before`),
          at,
        });
        break;
      case 'disruption-started':
        this.disrupt(event, at);
        break;
      case 'disruption-finished':
        this.endDisruption(event);
        break;
      case 'facts':
        this.node(event.node).facts = Object.fromEntries(
          Object.entries(event.facts).map(([key, value]) => [key, this.name(value)]),
        );
        break;
      case 'prerequisite':
        this.prerequisites.push({
          play: this.playIndex(event.play),
          name: visible(event.name),
          status: event.status,
        });
        break;
      case 'warning':
        this.warnings.push({ what: this.errors.keep(event.what), next: this.errors.keep(event.next) });
        break;
      case 'run-finished':
        this.finished = event;
        break;
    }
  }

  report(): Report | undefined {
    const { started, finished } = this;
    if (started === undefined) return undefined;
    const nodes = [...this.nodes.values()].map((node) => node.report(finished?.recap[node.original]));
    const usage = finished && {
      commands: finished.commands,
      apiCalls: finished.apiCalls,
      throttles: finished.throttles,
    };
    return {
      id: started.runId,
      environment: visible(started.environment),
      mode: started.mode,
      transport: visible(started.transport),
      ...(started.origin === undefined ? {} : { origin: shownOrigin(started.origin) }),
      ...(started.simulated === undefined ? {} : { simulated: visible(started.simulated) }),
      startedAt: this.startedAt,
      milliseconds: finished?.milliseconds ?? this.latest,
      verdict: verdictOn(finished, nodes),
      plays: this.plays.map((play) => play.report(this.latest)),
      nodes,
      tasks: this.tasks,
      prerequisites: this.prerequisites,
      disruptions: this.disruptions.map((one) => ({ milliseconds: this.latest - one.start, ...one })),
      warnings: this.warnings,
      ...(usage === undefined ? {} : { usage }),
    };
  }

  private begin(event: EventOf<'run-started'>): void {
    this.started = event;
    this.startedAt = Date.parse(event.time);
    for (const play of event.plays) this.play(play);
    for (const host of event.hosts) this.node(host);
  }

  private addTask(event: TaskEvent, at: number): void {
    const texts = event.status === 'failed' ? this.errors : this.changes;
    const { error } = event;
    this.node(event.node).add({
      task: this.task(event),
      status: event.status,
      heard: at,
      milliseconds: event.milliseconds,
      ...(event.diff?.trim() ? { diff: texts.keep(event.diff) } : {}),
      ...(event.output?.trim() ? { output: texts.keep(event.output) } : {}),
      ...(error === undefined
        ? {}
        : {
            error: {
              what: this.errors.keep(error.next === undefined ? error.what : `${error.what}. ${error.next}`),
              ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
              lastLines: this.errors.keep(error.lastLines.join('\n')),
              log: this.errors.keep(error.log),
            },
          }),
    });
  }

  private disrupt({ play, node, by }: EventOf<'disruption-started'>, at: number): void {
    for (const name of by === undefined ? [node] : [node, by]) this.node(name).beginAnew(at);
    this.disruptions.push({
      ...byOf(by),
      play: this.playIndex(play),
      node: visible(node),
      start: at,
      outcome: 'open',
    });
  }

  private endDisruption({ node, milliseconds, outcome, reason }: EventOf<'disruption-finished'>): void {
    const shown = visible(node);
    const open = this.disruptions.findLast((one) => one.node === shown && one.outcome === 'open');
    if (open === undefined) return;
    Object.assign(open, {
      milliseconds,
      outcome,
      ...(reason === undefined ? {} : { reason: this.errors.keep(reason) }),
    });
  }

  private leave(event: EventOf<'node-unreachable' | 'node-cancelled'>, at: number): void {
    const kind = event.type === 'node-unreachable' ? 'unreachable' : 'cancelled';
    const where =
      event.type === 'node-cancelled' && event.task !== undefined ? ` (it was in "${event.task}")` : '';
    this.node(event.node).left = { kind, reason: this.errors.keep(`${event.reason}${where}`), at };
  }

  private task({ play, role, task, handler }: TaskEvent): number {
    const key = JSON.stringify([play, role, task, handler]);
    const known = this.taskIndex.get(key);
    if (known !== undefined) return known;
    this.taskIndex.set(key, this.tasks.length);
    this.tasks.push({ play: this.playIndex(play), role: this.name(role), task: this.name(task), handler });
    return this.tasks.length - 1;
  }

  private node(name: string): NodeDraft {
    let node = this.nodes.get(name);
    if (node === undefined) {
      node = new NodeDraft(name);
      this.nodes.set(name, node);
    }
    return node;
  }

  private play(name: string): PlayDraft {
    let play = this.plays.find((one) => one.original === name);
    if (play === undefined) {
      play = new PlayDraft(name);
      this.plays.push(play);
    }
    return play;
  }

  private playIndex(name: string): number {
    return this.plays.indexOf(this.play(name));
  }

  /** One copy of each name and fact, however many nodes say it. */
  private name(text: string): string {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const shown = visible(text.slice(0, 1000));
    this.names.set(text, shown);
    return shown;
  }
}

function shownOrigin({ user, host, command }: RunOrigin): Report['origin'] & object {
  return { user: visible(user), host: visible(host), command: visible(command) };
}

type DisruptionDraft = Omit<DisruptionReport, 'milliseconds'> & { milliseconds?: number };

function byOf(by: string | undefined): { by?: string } {
  return by === undefined ? {} : { by: visible(by) };
}

/** What went wrong outweighs what could not be tried, as with the exit codes. */
function verdictOn(finished: EventOf<'run-finished'> | undefined, nodes: readonly NodeReport[]): Verdict {
  const some = (name: keyof Counts) => nodes.some(({ counts }) => counts[name] > 0);
  const stopped = finished?.stopped === undefined ? {} : { stopped: visible(finished.stopped) };
  if (some('failed')) return { kind: 'failed', ...stopped };
  if (finished === undefined) return { kind: 'unfinished' };
  if (some('unreachable')) return { kind: 'unreachable', ...stopped };
  if (finished.stopped !== undefined) return { kind: 'stopped', ...stopped };
  return { kind: some('changed') ? 'changed' : 'unchanged' };
}
