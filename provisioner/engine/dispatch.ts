import { randomBytes } from 'node:crypto';
import type { Outcome, RunRequest, Transport } from '../transports/transport';
import type { Host } from './play';
import { type Frame, findFrame, lastStarted, ProtocolError, pageScript } from './protocol';
import { ResultStream } from './result-stream';
import { REBOOT } from './task';

/** What one node made of one script. `lastStarted` is the index of the task that started last, as far as that is known. */
export type Delivery =
  | { readonly kind: 'answered'; readonly frame: Frame; readonly lastStarted: number | undefined }
  /** Ended, was cut off or cancelled without a result. `ran` tells whether it may have changed something. */
  | { readonly kind: 'silent'; readonly reason: string; readonly lastStarted: number | undefined }
  /** Was stopped by the operator. */
  | { readonly kind: 'cancelled'; readonly reason: string; readonly lastStarted: number | undefined }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface DispatchRequest extends Omit<RunRequest, 'onOutcome' | 'onOutput'> {
  readonly nonce: string;
  /** Most records that an honest node tells of this script. */
  readonly mostRecords: number;
  /**
   * Is given each record while the bundle runs, where the transport streams, and tells whether the node is still listened
   * to. The delivery of an honest node holds them all again.
   */
  readonly onRecord?: (host: Host, record: Buffer) => boolean;
  readonly onDelivery: (host: Host, delivery: Delivery) => void;
}

/**
 * Longest result that is fetched in pages, in characters: each page is a command. An honest runtime shortens the texts of
 * its tasks to 4,000 bytes when they are more than 2,000,000 together, and to 100 when they are more than 2,500,000: for a
 * thousand tasks that is less than this even where nothing can be compressed.
 */
const MOST_CHARS = 4_000_000;

/** Seconds for one page: it reads a file that is in memory. */
const PAGE_SECONDS = 60;

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
  const streams = new Map<Host, ResultStream>();
  if (transport.limits.streams)
    for (const host of request.hosts)
      streams.set(
        host,
        new ResultStream({
          nonce: request.nonce,
          mostRecords: request.mostRecords,
          onRecord: (record) => request.onRecord?.(host, record) ?? true,
        }),
      );
  await transport.run({
    ...request,
    onOutput: (host, chunk) => streams.get(host)?.push(chunk),
    onOutcome: (host, outcome) => {
      const stream = streams.get(host);
      const delivery = toDelivery(outcome, stream ?? wholeOutput(outcome, request.nonce));
      if (stream === undefined && delivery.kind === 'answered' && isCut(delivery.frame))
        completions.push(completeAndReport(transport, request, host, delivery));
      else request.onDelivery(host, delivery);
    },
  });
  await Promise.all(completions);
}

/** Whether the rest of a result waits on the node. */
function isCut(frame: Frame): boolean {
  return frame.encoded.length < frame.length;
}

/** What is known of a bundle's output in the end. */
type Answer = Pick<ResultStream, 'frame' | 'lastStarted'>;

function wholeOutput(outcome: Outcome, nonce: string): Answer {
  if (outcome.kind === 'unreachable') return { frame: undefined, lastStarted: undefined };
  return { frame: findFrame(outcome.stdout, nonce), lastStarted: lastStarted(outcome.stdout) };
}

function toDelivery(outcome: Outcome, { frame, lastStarted: last }: Answer): Delivery {
  const silent = (reason: string): Delivery => ({ kind: 'silent', reason, lastStarted: last });
  switch (outcome.kind) {
    case 'unreachable':
      return { kind: 'unreachable', reason: outcome.reason };
    case 'cancelled':
      return { kind: 'cancelled', reason: outcome.reason, lastStarted: last };
    case 'timedOut':
    case 'lost':
      return silent(outcome.reason);
    case 'finished':
      if (frame !== undefined) return { kind: 'answered', frame, lastStarted: last };
      if (outcome.exitCode === BUSY)
        return { kind: 'unreachable', reason: 'locked: another run is at work on this node' };
      if (outcome.exitCode === REBOOT) return silent(NOT_REBOOTED);
      return silent(withoutFrame(outcome.exitCode, outcome.stderr));
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
  const { lastStarted } = delivery;
  try {
    const frame = await complete(transport, request, host, delivery.frame);
    request.onDelivery(host, { ...delivery, frame });
  } catch (error) {
    // Whatever it was, it is about this node: the others go on.
    const reason = error instanceof Error ? error.message : String(error);
    const kind = request.signal.aborted ? 'cancelled' : 'silent';
    request.onDelivery(host, { kind, reason, lastStarted });
  }
}

async function complete(
  transport: Transport,
  request: DispatchRequest,
  host: Host,
  frame: Frame,
): Promise<Frame> {
  if (frame.length > MOST_CHARS)
    throw new ProtocolError(
      `the node announces a result of ${frame.length.toLocaleString('en')} characters; more than ${MOST_CHARS.toLocaleString('en')} are not fetched, for the runtime keeps far below`,
    );
  // A node that answers as late as it may, page by page, holds the run no longer than its script could.
  const deadline = performance.now() + request.timeoutSeconds * 1000;
  const pageLength = transport.limits.outputChars - 1000;
  let { encoded } = frame;
  while (encoded.length < frame.length) {
    const wanted = Math.min(pageLength, frame.length - encoded.length);
    encoded += await fetchPage(transport, request, host, { frame, from: encoded.length, wanted, deadline });
  }
  return { ...frame, encoded };
}

interface Page {
  readonly frame: Frame;
  readonly from: number;
  readonly wanted: number;
  /** When the rest is no longer waited for, by `performance.now()`. */
  readonly deadline: number;
}

async function fetchPage(
  transport: Transport,
  { rebootSeconds: _, ...request }: DispatchRequest,
  host: Host,
  { frame, from, wanted, deadline }: Page,
): Promise<string> {
  const missing = (why: string) =>
    new ProtocolError(`the rest of a result of ${frame.length} bytes could not be fetched (${why})`);
  if (request.signal.aborted) throw missing('interrupted');
  if (performance.now() > deadline) throw missing(`not all of it has come in ${request.timeoutSeconds} s`);
  const page = await onlyOutcome(transport, {
    ...request,
    script: pageScript(request.nonce, from, wanted, from + wanted >= frame.length),
    hosts: [host],
    timeoutSeconds: PAGE_SECONDS,
    comment: `${request.comment} (rest of the result)`.slice(0, 100),
  });
  if (page.kind !== 'finished') throw missing(page.reason);
  if (page.stdout.length < wanted) throw missing(`exit code ${page.exitCode}`);
  return page.stdout.slice(0, wanted);
}

async function onlyOutcome(transport: Transport, request: Omit<RunRequest, 'onOutcome'>): Promise<Outcome> {
  let found: Outcome = { kind: 'unreachable', reason: 'no answer' };
  await transport.run({ ...request, onOutcome: (_, outcome) => (found = outcome) });
  return found;
}
