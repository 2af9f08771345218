import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-server-1';
const binary = '/usr/local/bin/k3s';

describeFault('a download is cut', () => {
  const sandbox = new FaultSandbox(['--limit', node]);
  afterAll(() => sandbox.remove());

  test('on a bare node: nothing takes the place of the file, and the operator sees that it did not come through', async () => {
    await sandbox.up('--mirror-fault', 'cut');
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toMatch(/failed: \[sandbox-server-1\] k3s : binary v/);
    expect(end.stdout).toMatch(/\| curl: \(18\) .*transfer closed with \d+ bytes remaining/);
    expect(end.stdout).toContain('what to do: A download did not come through, several tries included');
    expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
    expect(await sandbox.onNode(node, 'ls -A /usr/local/bin')).toBe('');
    await sandbox.up('--mirror-fault', 'none');
    expect(await sandbox.provision()).toMatchObject({ code: 0 });
  });

  test('where an older file is in place, that one stays, whole', async () => {
    // As after a change of the release: what is there is not what is wanted.
    await sandbox.onNode(node, `echo '# by hand' >>${binary}`);
    const before = await sandbox.onNode(node, `sha256sum ${binary}; stat -c '%a %U %i' ${binary}`);
    await sandbox.up('--mirror-fault', 'cut');
    const end = await sandbox.provision();
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(/\| curl: \(18\) .*transfer closed with \d+ bytes remaining/);
    expect(end.stdout).toContain('what to do: A download did not come through, several tries included');
    expect(await sandbox.onNode(node, `sha256sum ${binary}; stat -c '%a %U %i' ${binary}`)).toBe(before);
    expect(await sandbox.leftovers(node)).toEqual([]);
    await sandbox.up('--mirror-fault', 'none');
    await sandbox.converges();
  });
});
