import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Listener } from './listener';

/** Keeps every event of a run in a file, as JSON lines, readable by the operator only. */
export function logFileListener(path: string): Listener {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return {
    on: (event) => appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 }),
    end: async () => {},
  };
}
