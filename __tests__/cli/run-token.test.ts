import { versionBefore } from '../../provisioner/cli/run-token';

const names = { token: '/stagecraft/prod/k3s/token', next: '/stagecraft/prod/k3s/token-next' };

test.each([
  ['is the newest before the new token takes its place', 'old', 3, 3],
  ['is the one before the newest where a rotation broke off behind that', 'new', 4, 3],
])('the version that older snapshots need %s', async (_, value, version, before) => {
  const values: Readonly<Record<string, string>> = { [names.token]: value, [names.next]: 'new' };
  const same = async (one: string, other: string) => values[one] === values[other];
  expect(await versionBefore({ same }, { ...names, version })).toBe(before);
});
