import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-server-1';
const token = '/etc/rancher/k3s/token';

describeFault('the clock of a node is wrong', () => {
  const sandbox = new FaultSandbox(['--limit', node]);
  afterAll(() => sandbox.remove());

  test.each([
    ['ahead', '20m', 'Signature not yet current: '],
    ['behind', '-2h', 'Signature expired: '],
  ])(
    '%s: what it signs is refused; the operator sees that, and no secret is half-written',
    async (_, skew, reason) => {
      await sandbox.up('--clock-skew', `${node}=${skew}`);
      const end = await sandbox.provision();
      expect(end).toMatchObject({ code: 1, stderr: '' });
      expect(end.stdout).toContain(`failed: [${node}] k3s : join token`);
      expect(end.stdout).toContain(
        `/k3s/token cannot be read from Parameter Store: InvalidSignatureException ${reason}`,
      );
      expect(end.stdout).toContain('what to do: The clock of the node may be wrong');
      expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
      expect(await sandbox.onNode(node, `[ ! -e ${token} ] && ls -A ${token.replace(/\/[^/]*$/, '')}`)).toBe(
        '',
      );
      expect(await sandbox.leftovers(node)).toEqual([]);
    },
  );

  test('set right, the next run converges', async () => {
    await sandbox.up('--clock-skew', 'none');
    await sandbox.converges();
  });
});
