import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../errors';
import type { Listener } from './listener';

/** Keeps every event of a run in a file, as JSON lines, readable by the operator only. */
export function logFileListener(path: string): Listener {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(
      `The log of the run cannot be written to ${dirname(path)}: ${error instanceof Error ? error.message : String(error)}`,
      'A sandbox that ran as root leaves the folder to root: `sudo chown -R "$USER" .stagecraft`, or set STAGECRAFT_STATE_DIR.',
    );
  }
  return {
    on: (event) => appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 }),
    end: async () => {},
  };
}
