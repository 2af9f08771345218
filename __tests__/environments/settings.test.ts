import { isSandbox, loadEnvironment } from '../../environments';
import { plannedNodes } from '../../environments/fleet';
import { withSettings } from '../../environments/settings';

test('a setting takes the place of what the file says, and leaves the rest alone', () => {
  const environment = loadEnvironment('sandbox-ha', ['k3s.version=v1.33.10+k3s1', 'servers.count=5']);
  expect(environment.k3s.version).toBe('v1.33.10+k3s1');
  expect(plannedNodes(environment)).toHaveLength(9);
  expect(loadEnvironment('sandbox-ha')).toMatchObject({
    servers: { count: 3 },
    nodeGroups: { general: { count: 3 } },
  });
});

test('values are JSON where they are JSON, and text elsewhere', () => {
  const file = { a: { kept: 1 }, list: [1] };
  expect(withSettings(file, ['a.b=true', 'a.c=x=y', 'list=["z"]', 'list.d=5', 'e.f.g=007'])).toEqual({
    a: { kept: 1, b: true, c: 'x=y' },
    list: { d: 5 },
    e: { f: { g: '007' } },
  });
  expect(file).toEqual({ a: { kept: 1 }, list: [1] });
});

test.each([
  ['sandbox', 'k3s.versoin=v1', 'k3s.versoin: unknown setting; did you mean "version"?'],
  ['sandbox', 'k3s.version=1.34', 'environments/sandbox.ts with --set k3s.version=1.34: 1 mistake'],
  ['sandbox', 'k3s', '--set k3s is no setting.'],
  ['sandbox', '__proto__.x=1', '--set __proto__.x=1 is no setting.'],
  [
    'prod',
    'servers.count=3',
    '--set is for the sandbox; prod is in AWS.\n  Change environments/prod.ts instead.',
  ],
])('%s with %s is refused with the reason', (name, setting, message) => {
  expect(() => loadEnvironment(name, [setting])).toThrow(message);
});

test('names tell which environments are on this machine', () => {
  expect(['dev', 'prod', 'sandbox', 'sandbox-ha', 'sandbox-x'].filter(isSandbox)).toEqual([
    'sandbox',
    'sandbox-ha',
  ]);
});
