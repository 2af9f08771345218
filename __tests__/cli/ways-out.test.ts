import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileStore } from '../../provisioner/lease/file-store';

jest.setTimeout(120_000);

const root = mkdtempSync(join(tmpdir(), 'stagecraft-ways-out-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let runs = 0;

/** A process that holds a lease; what it printed when it is over, and the lease after it. */
async function runUntil(how: 'uncaught' | NodeJS.Signals) {
  runs += 1;
  const folder = join(root, String(runs));
  const script = join(__dirname, 'run-that-breaks.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, how], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    if (chunk.includes('at work') && how !== 'uncaught') child.kill(how);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { stdout, code, lease: await fileStore(folder).read() };
}

test('an error that nobody catches ends the run in order: the lease is given back, then the error is told', async () => {
  expect(await runUntil('uncaught')).toEqual({
    stdout: 'at work\nended: broken\nthrown: nobody saw this coming\n',
    code: 1,
    lease: undefined,
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s gives the lease back', async (signal) => {
  expect(await runUntil(signal)).toEqual({
    stdout: 'at work\nended: interrupted\n',
    code: 0,
    lease: undefined,
  });
});

test('after SIGKILL the lease is still there, with a process that has ended', async () => {
  expect((await runUntil('SIGKILL')).lease).toMatchObject({ runId: 'test', renewals: 0 });
});
