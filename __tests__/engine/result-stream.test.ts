import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decodeFrame, decodeRecord, type Frame, ProtocolError } from '../../provisioner/engine/protocol';
import { ResultStream } from '../../provisioner/engine/result-stream';

const nonce = '0011223344556677';
const text = (kind: string, content: string) => `T ${kind} ${content.length}\n${content}\n`;
const records = [
  'R 0 o 10 0\n',
  // What a task prints may look like anything.
  `R 1 c 20 0\n${text('diff', `+::record ${nonce} 11\n+R 9 o 1 0\n::end ${nonce}\n`)}${text('output', '>7\n')}`,
  'R 2 fa 30 3\n',
];
const sum = (texts: readonly string[]) => createHash('sha256').update(texts.join(''), 'latin1').digest('hex');

function toldRecord(record: string): string {
  return `::record ${nonce} ${record.length}\n${record}`;
}

function honest(told = records, result = records): string {
  const total = result.join('').length;
  const lines = told.map((record, index) => `>${index}\n${toldRecord(record)}`);
  return `${lines.join('')}::stagecraft 1 ${nonce} told ${total} ${sum(result)}\n`;
}

type Expected = ConstructorParameters<typeof ResultStream>[0];

function listen(more: Partial<Expected> = {}) {
  const told: string[] = [];
  const onRecord = (record: Buffer) => {
    told.push(record.toString('latin1'));
    return true;
  };
  const stream = new ResultStream({ nonce, mostRecords: 10, onRecord, ...more });
  return { told, stream };
}

function read(output: string | Buffer, more?: Partial<Expected>) {
  const reading = listen(more);
  reading.stream.push(Buffer.from(output));
  return reading;
}

const decoded = (frame: Frame | undefined) => frame && [...decodeFrame(frame)];

test('each record is told when it is whole, and the sum makes them a result', () => {
  const told: number[] = [];
  const { stream } = listen({
    onRecord: (record) => {
      for (const { index } of decodeRecord(record)) told.push(index);
      return true;
    },
  });
  const output = Buffer.from(honest());
  const [first, second] = [output.indexOf('>1'), output.indexOf('>2')];
  stream.push(output.subarray(0, first));
  expect([told, stream.lastStarted]).toEqual([[0], 0]);
  stream.push(output.subarray(first, second - 1));
  expect([told, stream.lastStarted]).toEqual([[0], 1]);
  stream.push(output.subarray(second - 1));
  expect([told, stream.lastStarted]).toEqual([[0, 1, 2], 2]);
  expect(decoded(stream.frame)?.map(({ status }) => status)).toEqual(['ok', 'changed', 'failed']);
});

test('however the output is cut into pieces', () => {
  const output = Buffer.from(honest());
  fc.assert(
    fc.property(fc.array(fc.nat(output.length)), (cuts) => {
      const { told, stream } = listen();
      const at = [0, ...cuts.sort((a, b) => a - b), output.length];
      for (const [index, from] of at.entries()) stream.push(output.subarray(from, at[index + 1] ?? from));
      expect(told).toEqual(records);
      expect(stream.frame).toBeDefined();
    }),
  );
});

test('whatever a node sends, the stream takes it without a word', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array(), fc.constantFrom(...forgeries).map(Buffer.from))),
      (parts) => {
        expect(() => read(Buffer.concat(parts))).not.toThrow();
      },
    ),
  );
});

const forgeries = [
  `::record ${nonce} 0\n`,
  `::record ${nonce} -5\n`,
  `::record ${nonce} 99999999999\n`,
  `::record ${nonce} 4\nR 0 `,
  `::record ${nonce}\n`,
  `::stagecraft 1 ${nonce} told x y\n`,
  `::stagecraft 1 ${nonce} raw 3 ${'0'.repeat(64)}\n`,
  '>999999999\n',
];

test("another command's records are nothing", () => {
  const { told, stream } = read(honest().replaceAll(nonce, 'ffeeddccbbaa9988'));
  expect([told, stream.frame]).toEqual([[], undefined]);
});

test.each(forgeries)('%j is passed over, and what follows is read', (forgery) => {
  if (forgery.endsWith(' ')) return;
  const { told, stream } = read(`${forgery}${honest()}`);
  expect(told).toEqual(records);
  expect(decoded(stream.frame)).toHaveLength(3);
});

test.each([
  ['one that was left out', records.slice(1), /only \d+ of \d+ bytes/],
  ['one that was added', [...records, 'R 3 o 1 0\n'], /checksum/],
  ['one that was altered', ['R 0 c 10 0\n', ...records.slice(1)], /checksum/],
])('a record is not what the sum says: %s', (_, told, reason) => {
  const { frame } = read(honest(told)).stream;
  const decode = () => decoded(frame);
  expect(decode).toThrow(ProtocolError);
  expect(decode).toThrow(reason);
});

test('nothing is taken after the sum', () => {
  const { told } = read(`${honest()}${toldRecord('R 3 o 1 0\n')}`);
  expect(told).toEqual(records);
});

test('a node that never stops is not listened to for ever: records up to a limit, lines hardly at all', () => {
  const big = `R 0 c 1 0\nT output 1000\n${'x'.repeat(1000)}\n`;
  const { told } = read(toldRecord(big).repeat(50), { mostRecords: 50, mostBytes: 10_000 });
  expect(told.length).toBeLessThan(10);
  const { told: later } = read(`${'x'.repeat(5_000_000)}\n${honest()}`);
  expect(later).toEqual(records);
});

test.each([
  ['one that is not wanted any more', { onRecord: () => false }],
  ['more than an honest one has', { mostRecords: 2 }],
])('after a record that is %s, nothing is taken', (_, more) => {
  expect(read(honest(), more).stream).toMatchObject({ frame: undefined, lastStarted: expect.any(Number) });
  const { stream } = read(honest(), more);
  stream.push(Buffer.from(`>7\n${honest()}`));
  expect([stream.frame, stream.lastStarted === 7]).toEqual([undefined, false]);
});

test.each([
  ['records', `::record ${nonce} 1\nx`],
  ['starts of tasks', '>1\n'],
  ['empty lines', '\n'],
])('50 MB of %s keep nobody busy', (_, piece) => {
  const { told, stream } = listen();
  const chunk = Buffer.from(piece.repeat(32_768 / piece.length));
  const started = performance.now();
  for (let sent = 0; sent < 50_000_000; sent += chunk.length) stream.push(chunk);
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(told.length).toBeLessThanOrEqual(10);
  expect(stream.frame).toBeUndefined();
});
