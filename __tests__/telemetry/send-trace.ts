import { readFileSync } from 'node:fs';
import { traceListener } from '../../provisioner/cli/output/trace';
import type { RunEvent } from '../../provisioner/engine/events';
import { reportOf } from '../../provisioner/report/build';
import { readEvent } from '../../provisioner/report/read-events';

/**
 * Sends the trace of the events on standard input, as the end of a run does; a process of its own, because the SDK loads
 * parts of itself in a way that Jest's modules don't have.
 */
const events = readFileSync(0, 'utf8')
  .split('\n')
  .map(readEvent)
  .filter((event): event is RunEvent => typeof event !== 'string');
const report = reportOf(events);
void traceListener(
  () => report,
  (text) => process.stdout.write(text),
).end();
