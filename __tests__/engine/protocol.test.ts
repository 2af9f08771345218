import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { decodeFrame, type Frame, ProtocolError } from '../../provisioner/engine/protocol';
import { play, runOn, wantFile, zero } from './engine-run';
import { LocalNodes } from './local-nodes';

/** What a node may send: its sum is right, whatever it holds. */
function frameOf(result: string | Buffer): Frame {
  const encoded = gzipSync(result).toString('base64');
  const sha256 = createHash('sha256').update(encoded, 'latin1').digest('hex');
  return { encoding: 'gz', length: encoded.length, sha256, encoded };
}

function printed({ encoding, length, sha256, encoded }: Frame, nonce: string): string {
  return `::stagecraft 1 ${nonce} ${encoding} ${length} ${sha256}\n${encoded}\n::end ${nonce}\n`;
}

const decode = (result: string) => [...decodeFrame(frameOf(result))];
const text = (length: number, kind = 'output') => `T ${kind} ${length}\n${'x'.repeat(length)}\n`;

test('a result that is small on its way and without end unpacked is not taken', () => {
  const bomb = frameOf(Buffer.alloc(60 * 1024 * 1024, 'R 0 o 1 0\n'));
  expect(bomb.length).toBeLessThan(200_000);
  const started = performance.now();
  expect(() => [...decodeFrame(bomb)]).toThrow(ProtocolError);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('records are read when they are asked for, and none before', () => {
  const read: number[] = [];
  for (const { index } of decodeFrame(frameOf(`R 0 o 1 0\nR 1 o 1 0\n${'not a record\n'.repeat(500_000)}`))) {
    read.push(index);
    if (index === 1) break;
  }
  expect(read).toEqual([0, 1]);
});

test.each([
  ['longer than the runtime sends any', text(300_001), /longer than the runtime sends/],
  ['of a kind that was there', `${text(10)}${text(10)}`, /two texts of a kind/],
  ['longer than the rest', 'T output 10\nshort', /middle of a text/],
])('a text that is %s is not taken', (_, texts, reason) => {
  expect(() => decode(`R 0 c 1 0\n${texts}`)).toThrow(reason);
});

test('the longest honest texts are taken', () => {
  const kinds = ['diff', 'output', 'again', 'said'];
  const [record] = decode(`R 0 fv 1 1\n${kinds.map((kind) => text(262_300, kind)).join('')}`);
  expect(Object.keys(record?.texts ?? {})).toEqual(kinds);
});

describe('a node that sends more than was asked', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());

  test.each([
    ['records without end', Buffer.alloc(8_000_000, 'R 0 o 1 0\n'), /told of "demo : a" twice/],
    ['what is none behind a lie', 'R 0 o 1 0\nR 0 o 1 0\nnothing\n', /told of "demo : a" twice/],
    ['what is none behind a record', 'R 0 o 1 0\nnothing\n', /not a record: "nothing"/],
  ])('%s: it fails at the first that cannot be, and the others go on', async (_, result, reason) => {
    const frame = frameOf(result);
    nodes.answer = (host, outcome, script) => {
      const [, nonce] = /^SC_NONCE=(.*)$/m.exec(script) ?? [];
      if (host.name !== 'db-1' || nonce === undefined || script.includes('t0_facts')) return outcome;
      return { kind: 'finished', exitCode: 0, stdout: printed(frame, nonce), stderr: '' };
    };
    const { line, tasks } = await runOn(nodes, [play([wantFile('a', 'x'), wantFile('b', 'x')])]);
    const own = tasks.filter(({ node }) => node === 'db-1');
    expect(own.map(({ status }) => status)).toEqual(['ok', 'failed']);
    expect(own[1]?.error?.what).toMatch(reason);
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
  });
});
