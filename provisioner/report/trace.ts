import type { DisruptionReport, NodeReport, Report, TaskResult } from './model';
import { commandOf } from './wording';

/**
 * A run as a tree of spans: run, plays, nodes, tasks. It leaves this machine, so it holds names, times and results only:
 * no diff, no output, no reason that a node or a service gave.
 */
export interface TraceSpan {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** By OpenTelemetry's semantic conventions where they have a name; the others begin with `stagecraft.`. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What went wrong, in words of our own. */
  readonly error?: string;
  readonly children: Iterable<TraceSpan>;
}

export function traceOf(report: Report): TraceSpan {
  const { startedAt, milliseconds, verdict, mode } = report;
  const isBroken = verdict.kind !== 'changed' && verdict.kind !== 'unchanged';
  return {
    name: commandOf(report),
    start: startedAt,
    end: startedAt + milliseconds,
    attributes: {
      'deployment.id': report.id,
      'deployment.name': 'stagecraft',
      'deployment.environment.name': report.environment,
      'deployment.status': isBroken ? 'failed' : 'succeeded',
      'stagecraft.mode': mode,
      'stagecraft.transport': report.transport,
      'stagecraft.result': verdict.kind,
      'stagecraft.nodes': report.nodes.length,
      ...(report.simulated === undefined ? {} : { 'stagecraft.simulated': true }),
      ...(isBroken ? { 'error.type': verdict.kind } : {}),
    },
    ...(isBroken ? { error: `the run ended: ${verdict.kind}` } : {}),
    children: partsOf(report),
  };
}

function* partsOf(report: Report): Generator<TraceSpan> {
  for (const node of report.nodes) if (node.left !== undefined) yield departure(report, node, node.left);
  for (const [index, play] of report.plays.entries()) {
    if (play.skipped !== undefined) continue;
    const start = report.startedAt + play.start;
    yield {
      name: `play ${play.name}`,
      start,
      end: start + play.milliseconds,
      attributes: { 'stagecraft.play': play.name, 'stagecraft.nodes': play.nodes },
      children: nodesOf(report, index),
    };
  }
  for (const disruption of report.disruptions) yield disruptionSpan(report, disruption);
}

function disruptionSpan(
  { startedAt }: Report,
  { node, by, start, milliseconds, outcome }: DisruptionReport,
): TraceSpan {
  return {
    name: `node ${node} out of service`,
    start: startedAt + start,
    end: startedAt + start + milliseconds,
    attributes: {
      'host.name': node,
      'stagecraft.outcome': outcome,
      ...(by === undefined ? {} : { 'stagecraft.by': by }),
      ...(outcome === 'back' ? {} : { 'error.type': 'disruption_stopped' }),
    },
    ...(outcome === 'back' ? {} : { error: 'not put back into service' }),
    children: [],
  };
}

function departure(
  report: Report,
  { name }: NodeReport,
  { kind, at }: NonNullable<NodeReport['left']>,
): TraceSpan {
  const time = report.startedAt + at;
  return {
    name: `node ${name}`,
    start: time,
    end: time,
    attributes: { 'host.name': name, 'error.type': kind },
    error: kind,
    children: [],
  };
}

function* nodesOf(report: Report, play: number): Generator<TraceSpan> {
  for (const node of report.nodes) {
    const results = node.results.filter(({ task }) => report.tasks[task]?.play === play);
    const [first] = results;
    if (first === undefined) continue;
    const failed = results.filter(({ status }) => status === 'failed').length;
    yield {
      name: `node ${node.name}`,
      start: report.startedAt + first.start,
      end: report.startedAt + Math.max(...results.map(({ start, milliseconds }) => start + milliseconds)),
      attributes: {
        'host.name': node.name,
        'stagecraft.changed': results.filter(({ status }) => status === 'changed').length,
        ...(failed > 0 ? { 'error.type': 'task_failed' } : {}),
      },
      ...(failed > 0 ? { error: 'a task failed' } : {}),
      children: results.map((result) => taskSpan(report, node, result)),
    };
  }
}

function taskSpan(report: Report, { name }: NodeReport, result: TaskResult): TraceSpan {
  const { role = '', task = '', handler = false } = report.tasks[result.task] ?? {};
  const start = report.startedAt + result.start;
  const exitCode = result.error?.exitCode;
  return {
    name: `${role} : ${task}`,
    start,
    end: start + result.milliseconds,
    attributes: {
      'host.name': name,
      'stagecraft.role': role,
      'stagecraft.task': task,
      'stagecraft.status': result.status,
      'stagecraft.handler': handler,
      ...(result.status === 'failed' ? { 'error.type': 'task_failed' } : {}),
      ...(exitCode === undefined ? {} : { 'process.exit.code': exitCode }),
    },
    ...(result.status === 'failed'
      ? { error: exitCode === undefined ? 'failed' : `exit code ${exitCode}` }
      : {}),
    children: [],
  };
}
