import { join } from 'node:path';
import type { Emit } from '../../engine/events';
import { stateDirectory } from '../../state-directory';
import { jsonListener } from './json';
import type { Listener, Show } from './listener';
import { liveListener } from './live';
import { logFileListener } from './log-file';
import { wantsColor } from './paint';
import { plainListener } from './plain';

/** What the operator asked to see, and the record on disk. */
export async function chooseListeners(
  options: {
    readonly output: 'text' | 'json';
    readonly diff?: true;
    readonly verbose?: true;
    readonly tasks?: 'folded';
  },
  runId: string,
): Promise<Listener[]> {
  const show: Show = {
    diff: options.diff === true,
    verbose: options.verbose === true,
    tasks: options.tasks ?? 'each',
    color: wantsColor(process.stdout, process.env),
    write: (text) => process.stdout.write(text),
  };
  return [
    options.output === 'json' ? jsonListener(show) : await textListener(show),
    logFileListener(join(stateDirectory(), 'runs', runId, 'events.jsonl')),
  ];
}

/** Tells every listener every event, with its time. */
export function tellAll(listeners: readonly Listener[], now: () => Date): Emit {
  return (body) => {
    const event = { time: now().toISOString(), ...body };
    for (const listener of listeners) listener.on(event);
  };
}

async function textListener(show: Show): Promise<Listener> {
  const isLive = process.stdout.isTTY === true && (process.env.CI ?? '') === '';
  return isLive ? liveListener(show) : plainListener(show);
}
