import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every bundle starts with: the shell that goes through its tasks. Files of `runtime/`, the first of them first. */
const parts = [
  'start',
  'files',
  'node',
  'aws',
  'bundle',
  'glance',
  'task',
  'reboot',
  'step',
  'result',
] as const;

/** As it stands in the repository, one text. */
export function runtimeSource(): string {
  return parts.map((part) => readFileSync(join(__dirname, 'runtime', `${part}.sh`), 'utf8')).join('\n');
}

let travelling: string | undefined;

/** Without its comments: they are for readers of the repository, and every byte travels. */
export function runtime(): string {
  travelling ??= runtimeSource()
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n');
  return travelling;
}
