import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-server-1';
const binary = '/usr/local/bin/k3s';

describeFault('a download is tampered with', () => {
  const sandbox = new FaultSandbox(['--limit', node]);
  afterAll(() => sandbox.remove());

  test('on a bare node: nothing takes the place of the file, and the operator sees what came, what was wanted, and that somebody altered it', async () => {
    await sandbox.up('--mirror-fault', 'tampered');
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toMatch(/failed: \[sandbox-server-1\] k3s : binary v/);
    expect(end.stdout).toMatch(
      /\| what came from http\S+ has SHA-256 [0-9a-f]{64}, wanted [0-9a-f]{64}; nothing was replaced/,
    );
    expect(end.stdout).toContain('what to do: What was downloaded is not what was published');
    expect(end.stdout).toContain('Find out who altered it');
    expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
    expect(await sandbox.onNode(node, 'ls -A /usr/local/bin')).toBe('');
    await sandbox.up('--mirror-fault', 'none');
    expect(await sandbox.provision()).toMatchObject({ code: 0 });
  });

  test('where an older file is in place, that one stays, whole', async () => {
    // As after a change of the release: what is there is not what is wanted.
    await sandbox.onNode(node, `echo '# by hand' >>${binary}`);
    const before = await sandbox.onNode(node, `sha256sum ${binary}; stat -c '%a %U %i' ${binary}`);
    await sandbox.up('--mirror-fault', 'tampered');
    const end = await sandbox.provision();
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(
      /\| what came from http\S+ has SHA-256 [0-9a-f]{64}, wanted [0-9a-f]{64}; nothing was replaced/,
    );
    expect(end.stdout).toContain('what to do: What was downloaded is not what was published');
    expect(end.stdout).toContain('Find out who altered it');
    expect(await sandbox.onNode(node, `sha256sum ${binary}; stat -c '%a %U %i' ${binary}`)).toBe(before);
    expect(await sandbox.leftovers(node)).toEqual([]);
    await sandbox.up('--mirror-fault', 'none');
    await sandbox.converges();
  });
});
