import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from '../error-code';
import { UserError } from '../errors';
import { inventorySchema } from '../inventory/schema';
import { isAlive } from '../process-identity';
import type { StateFolder } from './state-folder';

/** How SSH gets into the nodes, or why it does not. */
export const sandboxSsh = z.union([
  z.strictObject({
    user: z.string(),
    host: z.string(),
    /** Ports by node name. */
    ports: z.record(z.string(), z.number().int()),
    /** The operator's private key. */
    identityFile: z.string(),
    /** The nodes' host keys. */
    knownHostsFile: z.string(),
  }),
  z.strictObject({ unavailable: z.string() }),
]);

export type SandboxSsh = z.infer<typeof sandboxSsh>;

/** A sandbox that is up, as other code uses it. */
export const sandboxHandle = z.strictObject({
  /** URL of the SSM endpoint. */
  endpoint: z.string(),
  region: z.string(),
  credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  /** Base URL of the artifact mirror. */
  artifacts: z.string(),
  inventory: inventorySchema,
  ssh: sandboxSsh,
});

export type SandboxHandle = z.infer<typeof sandboxHandle>;

/** What the daemon leaves for the commands that talk to it; mode 600. */
export const daemonRecord = z.strictObject({
  pid: z.number().int(),
  startTime: z.string(),
  control: z.strictObject({ url: z.string(), key: z.string() }),
  handle: sandboxHandle,
});

export type DaemonRecord = z.infer<typeof daemonRecord>;

/**
 * The running daemon; undefined when there is none, or only what a killed one has left.
 *
 * @throws UserError when it belongs to somebody else
 */
export function runningDaemon(state: StateFolder): DaemonRecord | undefined {
  const content = read(state.daemon);
  if (content === undefined) return undefined;
  const record = daemonRecord.safeParse(parse(content));
  return record.success && isAlive(record.data) ? record.data : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'EACCES')
      throw new UserError(
        `${file} belongs to another user`,
        'Run the command as the user who brought the sandbox up (with sudo).',
      );
    return undefined;
  }
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
