import type { RunEvent } from '../../engine/events';
import { visible } from '../../report/visible';
import {
  describeCancelled,
  describeDisruptionEnd,
  describeDisruptionStart,
  describeHeld,
  describePlay,
  describePrerequisite,
  describeRecap,
  describeStart,
  describeUnreachable,
  seconds,
} from './describe';
import type { Listener, Show } from './listener';
import { paint } from './paint';
import { taskTeller } from './tell-tasks';

/** One line an event: for logs, pipes and CI. */
export function plainListener(show: Show): Listener {
  const color = paint(show.color);
  const teller = taskTeller(show);
  let mode: 'apply' | 'check' = 'apply';
  return {
    on(event) {
      if (event.type === 'run-started') mode = event.mode;
      const text = describe(event);
      if (text !== undefined) show.write(`${text}\n`);
    },
    end: async () => {},
  };

  function describe(event: RunEvent): string | undefined {
    switch (event.type) {
      case 'run-started':
        return describeStart(event, color);
      case 'node-unreachable':
        return describeUnreachable(event, color);
      case 'node-cancelled':
        return describeCancelled(event, color);
      case 'facts':
        return show.verbose ? color.dim(`  facts: [${event.node}] ${factLine(event.facts)}`) : undefined;
      case 'play-started':
        return `\n${describePlay(event, color)}`;
      case 'prerequisite':
        return describePrerequisite(event, mode, color);
      case 'task':
        return teller.tell(event);
      case 'node-held':
        return describeHeld(event, show);
      case 'disruption-started':
        return describeDisruptionStart(event, color);
      case 'disruption-finished':
        return describeDisruptionEnd(event, color);
      case 'play-skipped':
        return `\n${color.bold(`PLAY [${event.play}]`)} skipped: ${event.reason}`;
      case 'node-finished':
        if (show.tasks === 'folded') return undefined;
        return `  [${event.node}] ok=${event.counts.ok} changed=${event.counts.changed} failed=${event.counts.failed} skipped=${event.counts.skipped}`;
      case 'play-finished':
        return color.dim(`  ${seconds(event.milliseconds)}`);
      case 'run-finished':
        return [teller.rest(), describeRecap(event, color)]
          .flatMap((part) => (part === undefined ? [] : [`\n${part}`]))
          .join('\n');
      case 'batch-started':
      case 'warning':
        return undefined;
    }
  }
}

function factLine(facts: Readonly<Record<string, string>>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${visible(value)}`)
    .join(' ');
}
