/** How the commands talk to the daemon: two calls over loopback HTTP, with a key that only the owner of the state folder can read. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { UserError } from '../errors';
import type { DaemonRecord } from './handle';
import { sandboxPlan } from './plan';
import type { Sandbox } from './sandbox';
import { type SandboxStatus, sandboxStatus } from './status';

export const applyRequest = z.strictObject({
  plan: sandboxPlan,
  /** Changes of the endpoint's settings. */
  settings: z.record(z.string(), z.unknown()),
  /** Back to a healthy service first. */
  resetFaults: z.boolean(),
});

const rebootRequest = z.strictObject({ node: z.string() });

export type ApplyRequest = z.infer<typeof applyRequest>;

const failure = z.strictObject({ what: z.string(), next: z.string().optional() });

/** The daemon's side. */
export function controlHandler(key: string, sandbox: () => Sandbox | undefined): RequestListener {
  return (request, response) => {
    void answer(request, key, sandbox())
      .then((body) => send(response, 200, body))
      .catch((error: unknown) => send(response, 400, describe(error)));
  };
}

/**
 * The commands' side: applies a plan and settings to the running sandbox.
 *
 * @throws UserError with what the daemon said against it
 */
export async function applyTo(daemon: DaemonRecord, request: ApplyRequest): Promise<SandboxStatus> {
  return call(daemon, 'POST', '/apply', request);
}

/**
 * Reboots one of its nodes, and waits until that is up again.
 *
 * @throws UserError when there is no such node
 */
export async function rebootIn(daemon: DaemonRecord, node: string): Promise<SandboxStatus> {
  return call(daemon, 'POST', '/reboot', { node });
}

/** The state of the running sandbox. */
export async function statusOf(daemon: DaemonRecord): Promise<SandboxStatus> {
  return call(daemon, 'GET', '/status');
}

async function answer(
  request: IncomingMessage,
  key: string,
  sandbox: Sandbox | undefined,
): Promise<SandboxStatus> {
  if (!isKey(request.headers.authorization ?? '', `Bearer ${key}`)) throw new UserError('wrong key');
  if (sandbox === undefined) throw new UserError('the sandbox is not ready yet', 'Try again in a moment.');
  if (request.method === 'POST' && request.url === '/apply') {
    const wanted = applyRequest.parse(JSON.parse(await bodyOf(request)));
    await sandbox.apply(wanted.plan, wanted.settings, wanted.resetFaults);
  }
  if (request.method === 'POST' && request.url === '/reboot')
    await sandbox.reboot(rebootRequest.parse(JSON.parse(await bodyOf(request))).node);
  return sandbox.status();
}

async function call(
  daemon: DaemonRecord,
  method: string,
  path: string,
  body?: unknown,
): Promise<SandboxStatus> {
  const response = await fetch(`${daemon.control.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${daemon.control.key}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new UserError(
      `the sandbox's daemon (pid ${daemon.pid}) does not answer: ${error instanceof Error ? error.message : String(error)}`,
      'Run `npm run sandbox -- down`, then `up`.',
    );
  });
  const content: unknown = await response.json();
  if (response.ok) return sandboxStatus.parse(content);
  const said = failure.parse(content);
  throw new UserError(said.what, said.next);
}

function isKey(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function describe(error: unknown): z.infer<typeof failure> {
  if (error instanceof UserError)
    return { what: error.what, ...(error.next !== undefined && { next: error.next }) };
  return { what: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
