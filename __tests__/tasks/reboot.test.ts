import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from '../../provisioner/engine/shell';
import { reboot } from '../../provisioner/tasks';
import { type Bench, bench, canMount, lint, shellcheck, shells } from './harness';

const withMounts = canMount ? describe.each(shells) : describe.skip.each(shells);

withMounts('a reboot under $name', (shell) => {
  let node: Bench;
  beforeEach(() => {
    node = bench({ shell, mounts: { '/run': 'run', '/boot': 'boot' } });
    for (const folder of ['run', 'boot']) mkdirSync(join(node.dir, folder));
    node.fake('uname', 'echo 6.8.0-1021-aws');
  });
  afterEach(() => node.remove());

  test('is not due on a node that nothing asks of', () => {
    expect(node.check(reboot())).toMatchObject({ code: 0, output: '' });
  });

  test('is due when a package asked for one, and says which', () => {
    node.write('run/reboot-required', '');
    node.write('run/reboot-required.pkgs', 'linux-base\nlibc6\nlinux-base\n');
    expect(node.check(reboot())).toMatchObject({
      code: 1,
      output: 'a reboot is required:\nlibc6\nlinux-base\n',
    });
  });

  test('is due when a newer kernel of the running flavour is installed', () => {
    for (const release of ['6.8.0-1021-aws', '6.8.0-1009-aws', '6.11.0-90-generic'])
      node.write(`boot/vmlinuz-${release}`, '');
    expect(node.check(reboot()).code).toBe(0);
    node.write('boot/vmlinuz-6.8.0-1100-aws', '');
    expect(node.check(reboot())).toMatchObject({
      code: 1,
      output: 'kernel 6.8.0-1021-aws is running, 6.8.0-1100-aws is installed\n',
    });
  });

  test('goes by a check of its own where there is one', () => {
    node.write('run/reboot-required', '');
    expect(node.check(reboot({ unless: sh`true` })).code).toBe(0);
  });

  test('is asked for with the exit code that the agent knows', () => {
    expect(node.apply(reboot())).toMatchObject({ code: 194, output: 'asking for a reboot\n' });
  });
});

test('is a task that takes its node out of service', () => {
  expect(reboot({ tags: ['reboot'] })).toMatchObject({ disruptive: true, reboots: true, tags: ['reboot'] });
});

(shellcheck ? test : test.skip)('is clean shell', () => {
  expect(lint(reboot())).toBe('');
});
