import { randomBytes } from 'node:crypto';
import type { Outcome, RunRequest, Transport } from '../transports/transport';
import type { Host } from './play';
import { type Frame, findFrame, ProtocolError, pageScript } from './protocol';
import { REBOOT } from './task';

/** What one node made of one script. */
export type Delivery =
  | { readonly kind: 'answered'; readonly frame: Frame; readonly stdout: string }
  /** Ended, was cut off or cancelled without a result. `ran` tells whether it may have changed something. */
  | { readonly kind: 'silent'; readonly reason: string; readonly stdout: string }
  /** Was stopped by the operator. */
  | { readonly kind: 'cancelled'; readonly reason: string; readonly stdout: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface DispatchRequest extends Omit<RunRequest, 'onOutcome'> {
  readonly nonce: string;
  readonly onDelivery: (host: Host, delivery: Delivery) => void;
}

/** What the runtime ends with while another bundle holds the node. */
const BUSY = 75;

const NOT_REBOOTED =
  'the node has to be rebooted, and this transport cannot do it: reboot it by hand, then run again';

/** A mark that no node can guess before the command reaches it. */
export function newNonce(): string {
  return randomBytes(8).toString('hex');
}

/**
 * Sends a bundle to hosts and completes each answer: what did not fit into one command's output is fetched in pages
 * from the node that keeps it.
 */
export async function dispatch(transport: Transport, request: DispatchRequest): Promise<void> {
  const completions: Promise<void>[] = [];
  await transport.run({
    ...request,
    onOutcome: (host, outcome) => {
      const delivery = toDelivery(outcome, request.nonce);
      if (delivery.kind === 'answered' && delivery.frame.encoded.length < delivery.frame.length)
        completions.push(completeAndReport(transport, request, host, delivery));
      else request.onDelivery(host, delivery);
    },
  });
  await Promise.all(completions);
}

function toDelivery(outcome: Outcome, nonce: string): Delivery {
  switch (outcome.kind) {
    case 'unreachable':
      return { kind: 'unreachable', reason: outcome.reason };
    case 'cancelled':
      return { kind: 'cancelled', reason: outcome.reason, stdout: outcome.stdout };
    case 'timedOut':
    case 'lost':
      return { kind: 'silent', reason: outcome.reason, stdout: outcome.stdout };
    case 'finished': {
      const frame = findFrame(outcome.stdout, nonce);
      if (frame !== undefined) return { kind: 'answered', frame, stdout: outcome.stdout };
      if (outcome.exitCode === BUSY)
        return { kind: 'unreachable', reason: 'locked: another run is at work on this node' };
      if (outcome.exitCode === REBOOT)
        return { kind: 'silent', reason: NOT_REBOOTED, stdout: outcome.stdout };
      return {
        kind: 'silent',
        reason: withoutFrame(outcome.exitCode, outcome.stderr),
        stdout: outcome.stdout,
      };
    }
  }
}

function withoutFrame(exitCode: number, stderr: string): string {
  const said = stderr.trim().split('\n').slice(-5).join('\n');
  return `the script ended with exit code ${exitCode} and no result${said === '' ? '' : `: ${said}`}`;
}

async function completeAndReport(
  transport: Transport,
  request: DispatchRequest,
  host: Host,
  delivery: Extract<Delivery, { kind: 'answered' }>,
): Promise<void> {
  try {
    const frame = await complete(transport, request, host, delivery.frame);
    request.onDelivery(host, { ...delivery, frame });
  } catch (error) {
    // Whatever it was, it is about this node: the others go on.
    const reason = error instanceof Error ? error.message : String(error);
    request.onDelivery(host, { kind: 'silent', reason, stdout: delivery.stdout });
  }
}

async function complete(
  transport: Transport,
  request: DispatchRequest,
  host: Host,
  frame: Frame,
): Promise<Frame> {
  const pageLength = transport.limits.outputChars - 1000;
  let encoded = frame.encoded;
  while (encoded.length < frame.length) {
    const wanted = Math.min(pageLength, frame.length - encoded.length);
    const isLast = encoded.length + wanted >= frame.length;
    const page = await onlyOutcome(transport, {
      ...request,
      script: pageScript(request.nonce, encoded.length, wanted, isLast),
      hosts: [host],
      comment: `${request.comment} (rest of the result)`.slice(0, 100),
    });
    if (page.kind !== 'finished' || page.stdout.length < wanted)
      throw new ProtocolError(
        `the rest of a result of ${frame.length} bytes could not be fetched (${page.kind === 'finished' ? `exit code ${page.exitCode}` : page.reason})`,
      );
    encoded += page.stdout.slice(0, wanted);
  }
  return { ...frame, encoded };
}

async function onlyOutcome(transport: Transport, request: Omit<RunRequest, 'onOutcome'>): Promise<Outcome> {
  let found: Outcome = { kind: 'unreachable', reason: 'no answer' };
  await transport.run({ ...request, onOutcome: (_, outcome) => (found = outcome) });
  return found;
}
