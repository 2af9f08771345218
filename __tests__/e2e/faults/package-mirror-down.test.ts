import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

describeFault('the archive of packages is down', () => {
  const sandbox = new FaultSandbox(['--limit', node, '--tags', 'base']);
  afterAll(() => sandbox.remove());

  test('the operator sees that it is the archive and what to do, no package is half there, and the next run converges', async () => {
    await sandbox.up('--package-archive', 'down');
    const packages = "dpkg-query -W -f '${Package} ${Status}\\n'; ls -A /etc/chrony 2>/dev/null || :";
    const before = await sandbox.onNode(node, packages);
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toContain(`failed: [${node}] base : packages `);
    expect(end.stdout).toContain('apply failed with exit code 100');
    expect(end.stdout).toMatch(/\| chrony is not installed/);
    expect(end.stdout).toMatch(/\| E: Failed to fetch http/);
    expect(end.stdout).toContain(
      'what to do: The package archive does not answer the node: look at its way out',
    );
    expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
    expect(await sandbox.onNode(node, packages)).toBe(before);
    expect(await sandbox.leftovers(node)).toEqual([]);
    await sandbox.up('--package-archive', 'up');
    await sandbox.converges();
  });

  test('where nothing is missing, nobody asks it', async () => {
    await sandbox.up('--package-archive', 'down');
    await sandbox.converges();
  });
});
