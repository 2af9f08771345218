import { join, resolve } from 'node:path';

/** The root of this project. */
export const PROJECT = resolve(__dirname, '..');

/**
 * Where this machine keeps what runs leave behind: `.stagecraft` in the project, or STAGECRAFT_STATE_DIR, so that several
 * can be kept side by side.
 */
export function stateDirectory(): string {
  const configured = process.env.STAGECRAFT_STATE_DIR;
  return configured === undefined || configured === '' ? join(PROJECT, '.stagecraft') : resolve(configured);
}
