import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, thisProcess } from '../../provisioner/process-identity';
import { withLock } from '../../provisioner/sandbox/lock';

const linux = process.platform === 'linux' ? it : it.skip;
if (process.platform !== 'linux') console.warn('skipped: process identities come from /proc');

describe('the lock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-lock-'));
  const file = join(folder, 'lock');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  linux('lets one in at a time, and is free again afterwards, after a failure too', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    expect(most).toBe(1);
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  linux.each([
    ['of a process that has ended', JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1' })],
    ['of a number that another process has now', JSON.stringify({ pid: process.pid, startTime: '1' })],
    ['that is no lock', 'rubbish'],
  ])('takes over a lock %s', async (_, content) => {
    writeFileSync(file, content);
    await withLock(file, async () => {
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(thisProcess());
    });
  });

  linux('knows a process by its number and its start', () => {
    expect(isAlive(thisProcess())).toBe(true);
    expect(isAlive({ ...thisProcess(), startTime: '1' })).toBe(false);
  });
});
