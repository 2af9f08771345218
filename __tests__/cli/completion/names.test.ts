import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { areTasksKnown, knownNames, rememberNames } from '../../../provisioner/cli/completion/names';
import { hostNames, taskNames } from '../../../provisioner/cli/completion/names-of';
import { hostsOf } from '../../../provisioner/inventory/hosts';
import { site } from '../../../provisioner/site';
import { exampleContext } from '../../roles/example';

const before = process.env.STAGECRAFT_STATE_DIR;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagecraft-names-'));
  process.env.STAGECRAFT_STATE_DIR = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.STAGECRAFT_STATE_DIR;
  else process.env.STAGECRAFT_STATE_DIR = before;
});

test('before the first command they are those that the file of the environment asks for', () => {
  expect(knownNames('sandbox')).toMatchObject({
    nodes: expect.arrayContaining(['sandbox-server-1', 'sandbox-general-1']),
    groups: expect.arrayContaining(['servers', 'agents', 'general']),
    tags: [],
  });
});

test('what one command met and another did not is kept', () => {
  rememberNames('prod', { nodes: ['prod-x-1'], tags: ['k3s'] });
  rememberNames('prod', { facts: ['kernel'] });
  rememberNames('prod', { nodes: ['prod-x-2'] });
  expect(knownNames('prod')).toEqual({
    nodes: ['prod-x-2'],
    groups: [],
    tags: ['k3s'],
    tasks: [],
    facts: ['kernel'],
  });
  expect(readdirSync(join(folder, 'names'))).toEqual(['prod.json']);
});

test('tasks are looked for once a day', () => {
  expect(areTasksKnown('prod')).toBe(false);
  rememberNames('prod', { nodes: ['prod-x-1'] });
  expect(areTasksKnown('prod')).toBe(false);
  rememberNames('prod', { tasks: ['k3s : join token'] });
  expect(areTasksKnown('prod')).toBe(true);
  const yesterday = new Date(Date.now() - 86_400_001);
  utimesSync(join(folder, 'names/prod.json'), yesterday, yesterday);
  expect(areTasksKnown('prod')).toBe(false);
});

test('a file that makes no sense, and a folder that cannot be, are no reason to fail', () => {
  rememberNames('prod', { tags: ['k3s'] });
  writeFileSync(join(folder, 'names/prod.json'), '{"nodes": 7');
  expect(knownNames('prod').nodes).toContain('prod-server-1');
  process.env.STAGECRAFT_STATE_DIR = '/dev/null/nowhere';
  rememberNames('prod', { tags: ['k3s'] });
  expect(knownNames('prod').tags).toEqual([]);
});

test('what was typed for an environment names no other file', () => {
  writeFileSync(join(folder, 'secret.json'), JSON.stringify({ nodes: ['leak'] }));
  expect(knownNames('../secret')).toMatchObject({ nodes: [] });
});

test('are taken from the fleet and the plays', () => {
  const context = exampleContext();
  const secrets = { exists: async () => true, create: async () => {} };
  const found = { ...hostNames(hostsOf(context.inventory)), ...taskNames(site({ secrets }), context) };
  expect(found.nodes).toEqual(context.inventory.nodes.map(({ name }) => name));
  expect(found.groups).toEqual(expect.arrayContaining(['servers', 'agents']));
  expect(found.tags).toEqual(expect.arrayContaining(['base', 'k3s']));
  expect(found.tasks).toContain('k3s : join token');
});
