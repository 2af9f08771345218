import { type Frame, MOST_RESULT_BYTES } from './protocol';

/** Most bytes of a line that are looked at: the protocol's own are shorter. */
const LONGEST_LINE = 256;

/** Lines of a node without a single record that are looked at: what its shell may say before the bundle begins. */
const FEW_LINES = 1000;

/** Lines for each record: that its task starts, and that it comes; both again where the node was rebooted for it. */
const LINES_OF_RECORD = 4;

interface Expected {
  readonly nonce: string;
  /** Most records that are taken: an honest bundle tells one for each of its tasks and handlers. */
  readonly mostRecords: number;
  /** Is given each record with its texts, as soon as it is whole. Tells whether more is wanted of this node. */
  readonly onRecord: (record: Buffer) => boolean;
  /** Most bytes that are taken in all: an honest bundle's own limits keep it far below. */
  readonly mostBytes?: number;
}

/**
 * Reads the output of one bundle on one node while it comes in, where the transport streams. The form is told in
 * `protocol.ts`. What is not of it is passed over, whatever it is: a node's output never stops the controller. A node that
 * says more than an honest one can, in lines, records or bytes, is not listened to any more, and so has no result.
 */
export class ResultStream {
  /** The task that started last. */
  lastStarted: number | undefined;
  /** What has been told so far, as the result that the node's sum is about; undefined until the sum has come. */
  frame: Frame | undefined;

  private isOver = false;
  private readonly told: Buffer[] = [];
  private toldLength = 0;
  private lines = 0;
  /** The line that is coming in, as far as it is of interest. */
  private line = '';
  /** The record that is coming in, and how many bytes of it are missing. */
  private record: Buffer[] = [];
  private missing = 0;

  constructor(private readonly expected: Expected) {}

  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0 && !this.isOver; )
      rest = this.missing > 0 ? this.takeRecord(rest) : this.takeLine(rest);
  }

  private takeRecord(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.missing);
    this.record.push(part);
    this.missing -= part.length;
    if (this.missing === 0) {
      const whole = Buffer.concat(this.record);
      this.record = [];
      this.told.push(whole);
      this.isOver = !this.expected.onRecord(whole);
    }
    return chunk.subarray(part.length);
  }

  private takeLine(chunk: Buffer): Buffer {
    const end = chunk.indexOf(10);
    const part = end === -1 ? chunk : chunk.subarray(0, end);
    this.line += part.subarray(0, Math.max(0, LONGEST_LINE - this.line.length)).toString('latin1');
    if (end === -1) return Buffer.alloc(0);
    const { line } = this;
    this.line = '';
    this.takeWord(line);
    return chunk.subarray(end + 1);
  }

  private takeWord(line: string): void {
    this.lines += 1;
    this.isOver = this.lines > FEW_LINES + LINES_OF_RECORD * this.expected.mostRecords;
    const [, start] = /^>(\d{1,6})$/.exec(line) ?? [];
    if (start !== undefined) this.lastStarted = Number(start);
    const [word, nonce, ...fields] = line.replace(/^::stagecraft 1 /, '::stagecraft ').split(' ');
    if (nonce !== this.expected.nonce) return;
    if (word === '::record') this.expect(fields[0] ?? '');
    if (word === '::stagecraft') this.close(fields);
  }

  private expect(length: string): void {
    if (!/^[1-9]\d{0,8}$/.test(length)) return;
    this.missing = Number(length);
    this.toldLength += this.missing;
    const { mostRecords, mostBytes = MOST_RESULT_BYTES } = this.expected;
    this.isOver = this.told.length >= mostRecords || this.toldLength > mostBytes;
  }

  private close([kind, length = '', sha256 = '']: readonly string[]): void {
    if (kind !== 'told' || !/^\d{1,9}$/.test(length) || !/^[0-9a-f]{64}$/.test(sha256)) return;
    const encoded = Buffer.concat(this.told).toString('latin1');
    this.frame = { encoding: 'raw', length: Number(length), sha256, encoded };
    this.isOver = true;
  }
}
