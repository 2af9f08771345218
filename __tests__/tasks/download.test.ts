import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adviceOn } from '../../provisioner/engine/advice';
import { sh } from '../../provisioner/engine/shell';
import { download } from '../../provisioner/tasks';
import { type Bench, bench, fingerprint, me, shells } from './harness';

const url = "https://mirror.example.com/it's/v1%2Bk3s1/tool";
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

describe.each(shells)('download under $name', (shell) => {
  let on: Bench;
  let path: string;

  beforeEach(() => {
    on = bench({ shell });
    path = join(on.dir, 'out', 'tool');
    on.write('out/.keep', '');
    on.write('requests', '');
    offer('genuine');
  });
  afterEach(() => on.remove());

  /** A curl that serves files from `served/` by the last part of the address, and writes down what it was asked for. */
  function offer(content: string, sums = `${sha256('other')}  other\n${sha256(content)} *tool\n`) {
    on.write('served/tool', content);
    on.write('served/sums.txt', sums);
    on.fake(
      'curl',
      `
for argument; do url=$argument; done
while [ $# -gt 0 ]; do case $1 in --output) out=$2 ;; esac; shift; done
echo "$url" >>'${on.dir}/requests'
[ -f '${on.dir}/served/'"\${url##*/}" ] || exit 22
cat '${on.dir}/served/'"\${url##*/}" >"$out"`,
    );
  }

  const requests = () => on.read('requests').split('\n').filter(Boolean);
  const pinned = (content: string, more = {}) =>
    download({ path, url, verify: { sha256: sha256(content) }, mode: '0755', ...me, ...more });
  const published = (more = {}) =>
    download({
      path,
      url,
      verify: { checksums: 'https://mirror.example.com/sums.txt', name: 'tool' },
      mode: '0755',
      // The record belongs to root: the runtime's own owner.
      ...me,
      ...more,
    });

  it('puts a file with the pinned hash in place', () => {
    on.converge(pinned('genuine'));
    expect(on.read('out/tool')).toBe('genuine');
    expect(statSync(path).mode & 0o7777).toBe(0o755);
    expect(requests()).toEqual([url]);
  });

  it('never puts another one there, and leaves nothing behind', () => {
    writeFileSync(path, 'old');
    offer('tampered');
    const task = pinned('genuine');
    expect(on.apply(task)).toMatchObject({
      code: 1,
      output: expect.stringContaining('nothing was replaced'),
    });
    expect(on.read('out/tool')).toBe('old');
    expect(readdirSync(join(on.dir, 'out')).sort()).toEqual(['.keep', 'tool']);
  });

  it('leaves nothing behind when the download fails, and clears what a killed one left', () => {
    on.write('out/.tool.stagecraft.abcdef', 'half');
    on.fake('curl', 'exit 22');
    const { code, output } = on.apply(pinned('genuine'));
    expect(code).not.toBe(0);
    expect(adviceOn(output)).toContain('A download did not come through');
    expect(readdirSync(join(on.dir, 'out'))).toEqual(['.keep']);
  });

  it('takes the hash from the checksum file, and asks the network no more', () => {
    const task = published();
    on.converge(task);
    expect(on.read('out/tool')).toBe('genuine');
    on.fake('curl', 'exit 7');
    expect(on.check(task).code).toBe(0);
  });

  it.each([
    ['changed', () => writeFileSync(path, 'tampered')],
    ['truncated', () => writeFileSync(path, '')],
    ['removed', () => writeFileSync(path, '') ?? chmodSync(path, 0o644)],
  ])('replaces a file that was %s', (_, spoil) => {
    const task = published();
    on.converge(task);
    spoil();
    on.converge(task);
    expect(on.read('out/tool')).toBe('genuine');
    expect(statSync(path).mode & 0o7777).toBe(0o755);
  });

  it('downloads again from another address', () => {
    on.converge(published());
    offer('newer');
    on.converge(published({ url: 'https://mirror.example.com/v2/tool' }));
    expect(on.read('out/tool')).toBe('newer');
  });

  it('only fetches the checksums when the right file is there but not known', () => {
    writeFileSync(path, 'genuine');
    on.converge(published());
    expect(requests()).toEqual(['https://mirror.example.com/sums.txt']);
  });

  it.each([
    ['names another file', `${'a'.repeat(64)}  tool.old\n`],
    ['holds no hash', 'deadbeef  tool\n'],
    ['is a page', '<html>tool</html>\n'],
  ])('fails when the checksum file %s', (_, sums) => {
    offer('genuine', sums);
    expect(on.apply(published())).toMatchObject({
      code: 1,
      output: expect.stringContaining('has no SHA-256 of tool'),
    });
    expect(existsSync(path)).toBe(false);
  });

  it('asks the file itself when it is told how', () => {
    const confirm = (version: string) =>
      sh`[ "$(cat ${path})" = ${version} ] || { echo 'another version'; exit 1; }`;
    on.converge(pinned('genuine', { confirm: confirm('genuine') }));
    expect(on.check(pinned('genuine', { confirm: confirm('v2') }))).toMatchObject({
      code: 1,
      output: 'another version\n',
    });
  });

  it('only reads in its check', () => {
    on.converge(published());
    writeFileSync(path, 'tampered');
    const before = fingerprint(on.dir);
    expect(on.check(published()).code).toBe(1);
    expect(on.check(pinned('genuine')).output).toContain(sha256('genuine'));
    expect(fingerprint(on.dir)).toBe(before);
  });
});

it('takes no hash that is none', () => {
  expect(() => download({ path: '/opt/x', url, verify: { sha256: 'ABC' } })).toThrow(RangeError);
});
