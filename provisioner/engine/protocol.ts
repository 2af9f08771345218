import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

/**
 * What a bundle sends back through its standard output:
 *
 *     >3                                            the task that is starting now (so a killed bundle tells where it was)
 *     ::stagecraft 1 <nonce> <raw|gz> <bytes> <sha256>
 *     <the first characters of the encoded result>
 *     ::end <nonce>
 *
 * Over a transport that streams, each record is told as soon as it is made, and at the end only the sum of them all:
 *
 *     >3
 *     ::record <nonce> <bytes>
 *     <the record with its texts>
 *     ::stagecraft 1 <nonce> told <bytes> <sha256>
 *
 * The result is a list of records, each followed by its texts. A text carries its length, so nothing that a task
 * printed can be taken for a record; the nonce and the sum tell a forged or cut result from a whole one.
 */

/** What happened to one task or handler on one node. */
export interface TaskRecord {
  readonly index: number;
  /** `held`: it is disruptive and was not applied; the node's later tasks did not run. */
  readonly status: 'ok' | 'changed' | 'skipped' | 'failed' | 'held';
  /** Which step failed. */
  readonly failedStep?: 'apply' | 'verify';
  readonly exitCode: number;
  readonly milliseconds: number;
  readonly texts: Readonly<Partial<Record<TextKind, string>>>;
}

/** `diff` what the first check said, `output` of apply, `again` what the second check said, `said` for the operator. */
export type TextKind = 'diff' | 'output' | 'again' | 'said' | 'facts';

/** A frame as far as it came. */
export interface Frame {
  readonly encoding: 'raw' | 'gz';
  /** Length of the encoded result in bytes (it is ASCII, so in characters too). */
  readonly length: number;
  readonly sha256: string;
  /** What has arrived of it: shorter than `length` when the rest waits on the node. */
  readonly encoded: string;
}

/** A node's answer is not what the protocol says. The message is for the operator. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** The frame in a node's output, or undefined where there is none for this nonce. */
export function findFrame(stdout: string, nonce: string): Frame | undefined {
  const header = new RegExp(`^::stagecraft 1 ${nonce} (raw|gz) (\\d{1,9}) ([0-9a-f]{64})\\n`, 'm').exec(
    stdout,
  );
  if (header === null) return undefined;
  const [line, encoding, length, sha256] = header;
  if ((encoding !== 'raw' && encoding !== 'gz') || length === undefined || sha256 === undefined)
    return undefined;
  const rest = stdout.slice(header.index + line.length);
  const end = rest.lastIndexOf(`\n::end ${nonce}`);
  const arrived = end === -1 ? rest : rest.slice(0, end);
  return { encoding, length: Number(length), sha256, encoded: arrived.slice(0, Number(length)) };
}

/** The task that was running when the output stopped, by index. */
export function lastStarted(stdout: string): number | undefined {
  const starts = [...stdout.matchAll(/^>(\d{1,6})$/gm)];
  const last = starts.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

/**
 * The result in a complete frame: each record is read when it is asked for, so that a result without end costs no more
 * than what is read of it.
 *
 * @throws ProtocolError when it was cut or altered; and while it is read, at the first record that is not of this form
 */
export function decodeFrame(frame: Frame): Iterable<TaskRecord> {
  return parseRecords(decode(frame));
}

/** A record with its texts as it is told while the bundle runs. @throws ProtocolError, while it is read, as `decodeFrame` does */
export function decodeRecord(data: Buffer): Iterable<TaskRecord> {
  return parseRecords(data);
}

/** The text that a facts bundle sends. @throws ProtocolError as `decodeFrame` does */
export function decodeFacts(frame: Frame): string {
  const reader = new Reader(decode(frame));
  return reader.done ? '' : reader.text('facts').content;
}

/** The shell that prints a part of a result which did not fit; with the last part the node forgets it. */
export function pageScript(nonce: string, offset: number, length: number, isLast: boolean): string {
  const file = `"\${SC_SCRATCH:-/run/stagecraft}/${nonce}.spool"`;
  return [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `tail -c +${offset + 1} ${file} | head -c ${length}`,
    ...(isLast ? [`rm -f ${file}`, 'rmdir "${SC_SCRATCH:-/run/stagecraft}" 2>/dev/null || :'] : []),
    '',
  ].join('\n');
}

/**
 * Largest result that is taken, decompressed. The runtime keeps far below: of more than 2.5 million bytes it sends hardly
 * more than the records (`sc_text` in `runtime/result.sh`).
 */
export const MOST_RESULT_BYTES = 8 * 1024 * 1024;

/** Longest text that is taken; the runtime sends the first and the last 128 KiB of one, and a line between them. */
const MOST_TEXT_BYTES = 300_000;

function decode(frame: Frame): Buffer {
  if (frame.encoded.length < frame.length)
    throw new ProtocolError(`only ${frame.encoded.length} of ${frame.length} bytes of the result arrived`);
  const encoded = Buffer.from(frame.encoded, 'latin1');
  if (createHash('sha256').update(encoded).digest('hex') !== frame.sha256)
    throw new ProtocolError('the result was altered on its way: its checksum is wrong');
  if (frame.encoding === 'raw') return encoded;
  try {
    return gunzipSync(Buffer.from(frame.encoded, 'base64'), { maxOutputLength: MOST_RESULT_BYTES });
  } catch {
    throw new ProtocolError('the result is not valid gzip data, or too large');
  }
}

const statuses = {
  o: { status: 'ok' },
  c: { status: 'changed' },
  s: { status: 'skipped' },
  h: { status: 'held' },
  fa: { status: 'failed', failedStep: 'apply' },
  fv: { status: 'failed', failedStep: 'verify' },
} as const;

function* parseRecords(data: Buffer): Generator<TaskRecord> {
  const reader = new Reader(data);
  while (!reader.done) {
    const record = parseRecord(reader.line());
    const texts: Partial<Record<TextKind, string>> = {};
    while (reader.atText) {
      const { kind, content } = reader.text();
      if (texts[kind] !== undefined)
        throw new ProtocolError('the result has two texts of a kind for one task');
      texts[kind] = content;
    }
    yield { ...record, texts };
  }
}

function parseRecord(line: string): Omit<TaskRecord, 'texts'> {
  const match = /^R (\d{1,6}) (o|c|s|h|fa|fv) (\d{1,12}) (\d{1,3})$/.exec(line);
  const [, index, code, milliseconds, exitCode] = match ?? [];
  if (!isStatusCode(code)) throw new ProtocolError(`not a record: ${JSON.stringify(line.slice(0, 80))}`);
  return {
    index: Number(index),
    ...statuses[code],
    exitCode: Number(exitCode),
    milliseconds: Number(milliseconds),
  };
}

function isStatusCode(code: string | undefined): code is keyof typeof statuses {
  return code !== undefined && Object.hasOwn(statuses, code);
}

function isTextKind(kind: string | undefined): kind is TextKind {
  return kind !== undefined && ['diff', 'output', 'again', 'said', 'facts'].includes(kind);
}

/** Reads lines and texts of a known length from the decoded result. */
class Reader {
  private position = 0;

  constructor(private readonly data: Buffer) {}

  get done(): boolean {
    return this.position >= this.data.length;
  }

  get atText(): boolean {
    return this.data.subarray(this.position, this.position + 2).toString('latin1') === 'T ';
  }

  line(): string {
    const end = this.data.indexOf(10, this.position);
    if (end === -1) throw new ProtocolError('the result ends in the middle of a line');
    const line = this.data.subarray(this.position, end).toString('latin1');
    this.position = end + 1;
    return line;
  }

  text(wanted?: TextKind): { kind: TextKind; content: string } {
    const [, kind, length] = /^T ([a-z]+) (\d{1,9})$/.exec(this.line()) ?? [];
    if (!isTextKind(kind) || (wanted !== undefined && kind !== wanted))
      throw new ProtocolError('the result has a text of an unknown kind');
    if (Number(length) > MOST_TEXT_BYTES)
      throw new ProtocolError('the result has a text that is longer than the runtime sends');
    const end = this.position + Number(length);
    if (end >= this.data.length) throw new ProtocolError('the result ends in the middle of a text');
    const content = this.data.subarray(this.position, end).toString('utf8');
    this.position = end + 1;
    return { kind, content };
  }
}
