import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decodeFrame, decodeRecord, ProtocolError } from '../../provisioner/engine/protocol';
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

function read(output: string | Buffer, limit?: number) {
  const told: string[] = [];
  const stream = new ResultStream(nonce, (record) => told.push(record.toString('latin1')), limit);
  stream.push(Buffer.from(output));
  return { told, stream };
}

test('each record is told when it is whole, and the sum makes them a result', () => {
  const told: number[] = [];
  const stream = new ResultStream(nonce, (record) => {
    told.push(...decodeRecord(record).map(({ index }) => index));
  });
  const output = Buffer.from(honest());
  const [first, second] = [output.indexOf('>1'), output.indexOf('>2')];
  stream.push(output.subarray(0, first));
  expect([told, stream.lastStarted]).toEqual([[0], 0]);
  stream.push(output.subarray(first, second - 1));
  expect([told, stream.lastStarted]).toEqual([[0], 1]);
  stream.push(output.subarray(second - 1));
  expect([told, stream.lastStarted]).toEqual([[0, 1, 2], 2]);
  const frame = stream.frame;
  expect(frame && decodeFrame(frame).map(({ status }) => status)).toEqual(['ok', 'changed', 'failed']);
});

test('however the output is cut into pieces', () => {
  const output = Buffer.from(honest());
  fc.assert(
    fc.property(fc.array(fc.nat(output.length)), (cuts) => {
      const told: string[] = [];
      const stream = new ResultStream(nonce, (record) => told.push(record.toString('latin1')));
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
  expect(stream.frame && decodeFrame(stream.frame)).toHaveLength(3);
});

test.each([
  ['one that was left out', records.slice(1), /only \d+ of \d+ bytes/],
  ['one that was added', [...records, 'R 3 o 1 0\n'], /checksum/],
  ['one that was altered', ['R 0 c 10 0\n', ...records.slice(1)], /checksum/],
])('a record is not what the sum says: %s', (_, told, reason) => {
  const { frame } = read(honest(told)).stream;
  const decode = () => frame && decodeFrame(frame);
  expect(decode).toThrow(ProtocolError);
  expect(decode).toThrow(reason);
});

test('nothing is taken after the sum', () => {
  const { told } = read(`${honest()}${toldRecord('R 3 o 1 0\n')}`);
  expect(told).toEqual(records);
});

test('a node that never stops is not listened to for ever: records up to a limit, lines hardly at all', () => {
  const big = `R 0 c 1 0\nT output 1000\n${'x'.repeat(1000)}\n`;
  const { told } = read(toldRecord(big).repeat(50), 10_000);
  expect(told.length).toBeLessThan(10);
  const { told: later } = read(`${'x'.repeat(5_000_000)}\n${honest()}`);
  expect(later).toEqual(records);
});
