import type { Listr } from 'listr2';
import type { RunEvent, TaskEvent } from '../../engine/events';
import {
  count,
  describeCancelled,
  describeDisruptionEnd,
  describePrerequisite,
  describeRecap,
  describeStart,
  describeUnreachable,
  seconds,
} from './describe';
import type { Listener, Show } from './listener';
import { paint } from './paint';
import { type TaskTeller, taskTeller } from './tell-tasks';

/** Live progress on a terminal: a line a play, below it a line a node; what changed is told when the run is over. */
export async function liveListener(show: Show): Promise<Listener> {
  // listr2 is an ES module and only a terminal needs it.
  const { Listr } = await import('listr2');
  return new LiveListener(show, Listr);
}

/** A promise that an event settles. */
class Gate {
  private open: () => void = () => {};
  private fail: (error: Error) => void = () => {};
  readonly passed = new Promise<void>((resolve, reject) => {
    this.open = resolve;
    this.fail = reject;
  });

  constructor() {
    // A node may fail before its line is on the screen and somebody waits for it.
    this.passed.catch(() => {});
  }

  succeed(): void {
    this.open();
  }

  reject(reason: string): void {
    this.fail(new Error(reason));
  }
}

interface PlayView {
  readonly started: Gate;
  readonly finished: Gate;
  hosts: readonly string[];
  /** How many tasks it has, handlers not counted. */
  tasks: number;
  title: string;
  readonly nodes: Map<string, NodeView>;
}

interface NodeView {
  readonly gate: Gate;
  title: string;
  /** Tasks that have been told, handlers not counted. */
  done: number;
  /** Its line on the screen, once it is drawn. */
  line?: { title: string };
}

type ListrClass = typeof Listr;

class LiveListener implements Listener {
  private readonly plays = new Map<string, PlayView>();
  private readonly told: string[] = [];
  private drawing: Promise<unknown> = Promise.resolve();
  private mode: 'apply' | 'check' = 'apply';

  private readonly teller: TaskTeller;

  constructor(
    private readonly show: Show,
    private readonly listr: ListrClass,
  ) {
    this.teller = taskTeller(show);
  }

  on(event: RunEvent): void {
    const color = paint(this.show.color);
    switch (event.type) {
      case 'run-started':
        this.mode = event.mode;
        this.show.write(`${describeStart(event, color)}\n`);
        for (const play of event.plays) this.plays.set(play, newPlayView());
        this.drawing = this.draw();
        break;
      case 'node-unreachable':
        this.told.push(describeUnreachable(event, color));
        for (const play of this.plays.values())
          play.nodes.get(event.node)?.gate.reject(`${event.node}: unreachable`);
        break;
      case 'node-cancelled':
        this.told.push(describeCancelled(event, color));
        for (const play of this.plays.values())
          play.nodes.get(event.node)?.gate.reject(`${event.node}: cancelled`);
        break;
      case 'play-started':
        this.startPlay(event.play, event.hosts, event.tasks);
        break;
      case 'prerequisite':
        if (event.status === 'changed') this.told.push(describePrerequisite(event, this.mode, color));
        break;
      case 'task':
        this.tell(this.teller.tell(event));
        this.progress(event);
        break;
      case 'node-held':
        this.retitle(event.play, event.node, `waits before ${event.role} : ${event.task}`);
        break;
      case 'disruption-started':
        this.retitle(
          event.play,
          event.node,
          event.resumed ? 'being put back into service' : 'out of service',
        );
        break;
      case 'disruption-finished':
        if (event.outcome === 'stopped') this.told.push(describeDisruptionEnd(event, color));
        this.retitle(event.play, event.node, event.outcome === 'back' ? 'in service' : 'stopped');
        break;
      case 'node-finished': {
        const node = this.plays.get(event.play)?.nodes.get(event.node);
        if (node === undefined) break;
        node.title = `${event.node}  ok=${event.counts.ok} changed=${event.counts.changed} failed=${event.counts.failed} skipped=${event.counts.skipped}`;
        if (event.counts.failed > 0) node.gate.reject(node.title);
        else node.gate.succeed();
        break;
      }
      case 'play-finished':
        this.finishPlay(event.play, seconds(event.milliseconds));
        break;
      case 'play-skipped':
        this.finishPlay(event.play, `skipped: ${event.reason}`);
        break;
      case 'run-finished':
        for (const play of this.plays.keys()) this.finishPlay(play, 'not run');
        this.drawing = this.drawing.then(() => {
          this.tell(this.teller.rest());
          const told = this.told.length === 0 ? '' : `\n${this.told.join('\n')}\n`;
          this.show.write(`${told}\n${describeRecap(event, color)}\n`);
        });
        break;
      case 'batch-started':
      case 'warning':
      case 'facts':
        break;
    }
  }

  async end(): Promise<void> {
    for (const play of this.plays.keys()) this.finishPlay(play, 'not run');
    await this.drawing;
  }

  private tell(text: string | undefined): void {
    if (text !== undefined) this.told.push(text);
  }

  /** Says on the node's own line what it is at. */
  private retitle(play: string, name: string, what: string): void {
    const node = this.plays.get(play)?.nodes.get(name);
    if (node === undefined) return;
    node.title = `${name}  ${what}`;
    if (node.line !== undefined) node.line.title = node.title;
  }

  /** How far a node has come: over SSH results are told while its script still runs. */
  private progress({ play, node: name, role, task, handler }: TaskEvent): void {
    const view = this.plays.get(play);
    const node = view?.nodes.get(name);
    if (view === undefined || node === undefined) return;
    if (!handler) node.done += 1;
    this.retitle(play, name, `${node.done}/${view.tasks}  ${role} : ${task}`);
  }

  private startPlay(name: string, hosts: readonly string[], tasks: number): void {
    const view = this.plays.get(name);
    if (view === undefined) return;
    view.hosts = hosts;
    view.tasks = tasks;
    for (const host of hosts) view.nodes.set(host, { gate: new Gate(), title: host, done: 0 });
    view.started.succeed();
  }

  private finishPlay(name: string, note: string): void {
    const view = this.plays.get(name);
    if (view === undefined || view.title !== '') return;
    view.title = `${name}: ${view.hosts.length === 0 ? '' : `${count(view.hosts.length, 'node')}, `}${note}`;
    // Nodes that never reported (interrupted, unreachable) must not keep the view open.
    for (const node of view.nodes.values()) node.gate.reject(node.title);
    view.started.succeed();
    view.finished.succeed();
  }

  private async draw(): Promise<void> {
    const tasks = new this.listr(
      [...this.plays].map(([name, view]) => ({
        title: name,
        task: async (_, task) => {
          await view.started.passed;
          if (view.nodes.size === 0) return task.skip(view.title);
          const nodes = task.newListr(
            [...view.nodes.values()].map((node) => ({
              title: node.title,
              task: async (_context, line) => {
                node.line = line;
                try {
                  await node.gate.passed;
                } finally {
                  line.title = node.title;
                }
              },
            })),
            { concurrent: true, exitOnError: false },
          );
          void view.finished.passed.then(() => {
            task.title = view.title;
          });
          return nodes;
        },
      })),
      // Its own listener for SIGINT would end the process before anything was cancelled.
      {
        exitOnError: false,
        registerSignalListeners: false,
        rendererOptions: { collapseSubtasks: false, showErrorMessage: false },
      },
    );
    await tasks.run().catch(() => {});
  }
}

function newPlayView(): PlayView {
  return { started: new Gate(), finished: new Gate(), hosts: [], tasks: 0, title: '', nodes: new Map() };
}
