import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

test('a hundred nodes may listen for Ctrl-C, and Node does not warn of a leak', () => {
  // In a process of its own: under Jest, warnings do not come through.
  const script = `
    const { interruptible } = require('./provisioner/cli/interrupt.ts');
    const { signal, stop } = interruptible();
    for (let node = 0; node < 100; node += 1) signal.addEventListener('abort', () => {});
    stop();
    setImmediate(() => console.log('done'));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--eval', script], {
    cwd: resolve(__dirname, '..', '..'),
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'done\n', stderr: '' });
});
