import { z } from 'zod';
import type { RunEvent } from '../engine/events';

/**
 * Reads a line of an `events.jsonl`. Events of kinds that this version does not know are `unknown`, so that the records of
 * other versions can be read as well; what is no event is `unreadable`: the last line of a run that was killed, or damage.
 */
export function readEvent(line: string): RunEvent | 'unknown' | 'unreadable' {
  const value = parseJson(line);
  const kind = kindOf.safeParse(value);
  if (!kind.success) return 'unreadable';
  if (!known.has(kind.data.type)) return 'unknown';
  const event = eventSchema.safeParse(value);
  return event.success ? event.data : 'unreadable';
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const kindOf = z.object({ type: z.string(), time: z.string() });
const count = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative();
const counts = z.object({ ok: count, changed: count, unreachable: count, failed: count, skipped: count });
const names = z.array(z.string());
const time = z.iso.datetime();
const origin = z.object({ user: z.string(), host: z.string(), command: z.string(), started: z.string() });
const warning = {
  about: z.enum(['certificate', 'membership']),
  nodes: names,
  what: z.string(),
  next: z.string(),
};

const eventSchema = z.discriminatedUnion('type', [
  z.object({
    time,
    type: z.literal('run-started'),
    runId: z.string(),
    environment: z.string(),
    mode: z.enum(['apply', 'check']),
    transport: z.string(),
    plays: names,
    hosts: names,
    origin: origin.exactOptional(),
    simulated: z.string().exactOptional(),
  }),
  z.object({ time, type: z.literal('node-unreachable'), node: z.string(), reason: z.string() }),
  z.object({
    time,
    type: z.literal('node-cancelled'),
    node: z.string(),
    reason: z.string(),
    task: z.string().exactOptional(),
  }),
  z.object({ time, type: z.literal('facts'), node: z.string(), facts: z.record(z.string(), z.string()) }),
  z.object({
    time,
    type: z.literal('prerequisite'),
    play: z.string(),
    name: z.string(),
    status: z.enum(['ok', 'changed']),
  }),
  z.object({ time, type: z.literal('play-started'), play: z.string(), hosts: names, tasks: count }),
  z.object({ time, type: z.literal('warning'), ...warning }),
  z.object({ time, type: z.literal('batch-started'), play: z.string(), hosts: names }),
  z.object({
    time,
    type: z.literal('task'),
    play: z.string(),
    role: z.string(),
    task: z.string(),
    node: z.string(),
    status: z.enum(['ok', 'changed', 'skipped', 'failed']),
    handler: z.boolean(),
    milliseconds,
    diff: z.string().exactOptional(),
    output: z.string().exactOptional(),
    error: z
      .object({
        what: z.string(),
        exitCode: z.number().exactOptional(),
        lastLines: names,
        next: z.string().exactOptional(),
        log: z.string(),
      })
      .exactOptional(),
  }),
  z.object({ time, type: z.literal('node-finished'), play: z.string(), node: z.string(), counts }),
  z.object({
    time,
    type: z.literal('node-held'),
    play: z.string(),
    node: z.string(),
    role: z.string(),
    task: z.string(),
    diff: z.string().exactOptional(),
  }),
  z.object({
    time,
    type: z.literal('disruption-started'),
    play: z.string(),
    node: z.string(),
    by: z.string().exactOptional(),
    resumed: z.literal(true).exactOptional(),
  }),
  z.object({
    time,
    type: z.literal('disruption-finished'),
    play: z.string(),
    node: z.string(),
    by: z.string().exactOptional(),
    outcome: z.enum(['back', 'stopped']),
    reason: z.string().exactOptional(),
    milliseconds,
  }),
  z.object({ time, type: z.literal('play-finished'), play: z.string(), milliseconds }),
  z.object({ time, type: z.literal('play-skipped'), play: z.string(), reason: z.string() }),
  z.object({
    time,
    type: z.literal('run-finished'),
    recap: z.record(z.string(), counts),
    commands: count,
    apiCalls: count,
    throttles: count,
    milliseconds,
    stopped: z.string().exactOptional(),
    warnings: z.array(z.object(warning)).exactOptional(),
  }),
]) satisfies z.ZodType<RunEvent>;

const known = new Set<string>(eventSchema.options.flatMap(({ shape }) => [...shape.type.values]));
