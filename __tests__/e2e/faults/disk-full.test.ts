import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

/** A file system of its own for a folder, with what was in it and one page left for more. */
const small = (folder: string, options: string) => `
cp -a ${folder} /tmp/kept
mount -t tmpfs -o mode=0755,${options} small ${folder}
cp -a /tmp/kept/. ${folder}/
rm -rf /tmp/kept`;

/** Until there is no room for a byte more. */
const fill = (folder: string) => `
dd if=/dev/zero of=${folder}/filler bs=1k 2>&1 | grep 'No space left on device'
! echo x >>${folder}/filler`;

describeFault('the disk of a node is full', () => {
  const sandbox = new FaultSandbox(['--limit', 'general', '--tags', 'base']);
  beforeAll(async () => {
    await sandbox.up();
    expect(await sandbox.provision()).toMatchObject({ code: 0 });
  });
  afterAll(() => sandbox.remove());

  test('while a file is written: the old one is untouched, the operator sees which disk to look at, and the next run converges', async () => {
    const folder = '/etc/apt/apt.conf.d';
    await sandbox.onNode(node, small(folder, 'size=64k'));
    // As long as the new one, so that it cannot be replaced in place, either.
    await sandbox.onNode(node, `yes '// by hand' | head -c 6000 >${folder}/20auto-upgrades ${fill(folder)}`);
    const before = await sandbox.onNode(node, `ls -a ${folder}; sha256sum ${folder}/20auto-upgrades`);
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toContain(`failed: [${node}] base : file ${folder}/20auto-upgrades`);
    expect(end.stdout).toMatch(/\| install: .*\/etc\/apt\/apt\.conf\.d\/.*No space left on device/);
    expect(end.stdout).toMatch(/what to do: A file system of the node is full: `df -h`/);
    expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
    expect(end.recap.get('sandbox-general-2')).toMatchObject({ failed: 0, changed: 0 });
    expect(await sandbox.onNode(node, `ls -a ${folder}; sha256sum ${folder}/20auto-upgrades`)).toBe(before);
    await sandbox.onNode(node, `rm ${folder}/filler`);
    await sandbox.converges();
  });

  test('where word of a handler is kept: nothing is changed, so that no restart is lost', async () => {
    const chrony = '/etc/chrony/chrony.conf';
    await sandbox.onNode(node, `echo '# by hand' >>${chrony}`);
    // The folder, what is in it, and no file more.
    await sandbox.onNode(node, small('/var/lib/stagecraft', 'nr_inodes=3'));
    await sandbox.onNode(node, 'touch /var/lib/stagecraft/filler || :; ! touch /var/lib/stagecraft/more');
    const end = await sandbox.provision();
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(
      /\| nothing was changed: it cannot be noted in \/var\/lib\/stagecraft that "restart-chrony-service" will be due \(No space left on device/,
    );
    expect(end.stdout).toContain('what to do: A file system of the node is full');
    expect(await sandbox.onNode(node, `tail -n 1 ${chrony}`)).toBe('# by hand\n');
    await sandbox.onNode(node, 'umount /var/lib/stagecraft');
    const next = await sandbox.provision();
    expect(next.code).toBe(0);
    expect(next.stdout).toContain(`changed: [${node}] handler : restart chrony`);
  });

  test('where the runtime itself works: nothing is begun, and the operator sees why', async () => {
    await sandbox.onNode(node, 'mount -t tmpfs -o nr_inodes=1 small /var/log/stagecraft');
    const end = await sandbox.provision();
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(
      /cannot write to \/var\/log\/stagecraft\/.*\.log: is the disk full, or read-only\?/,
    );
    expect(end.recap.get(node)).toMatchObject({ ok: 0, failed: 1 });
    await sandbox.onNode(node, 'umount /var/log/stagecraft');
    await sandbox.converges();
  });
});
