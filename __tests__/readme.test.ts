import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { stagecraft } from '../provisioner/cli/program';
import { registerProvision } from '../provisioner/cli/provision';
import { everyCommandOf } from '../provisioner/cli/run-command-line';
import { exitCodes } from '../provisioner/errors';

const root = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

describe('README', () => {
  it('marks the test command that .ci/run runs, and its scripts exist', () => {
    const command = /<!-- test-command -->\n```sh\n(.*)\n```/.exec(readme)?.[1];
    expect(command).toBe('npm ci && npm test');
    expect(JSON.parse(read('package.json')).scripts).toMatchObject({
      test: expect.any(String),
      provision: expect.any(String),
    });
  });

  it('lists the flags that provision has, all of them', () => {
    const program = new Command();
    registerProvision(program);
    const actual = program.commands.flatMap((command) => command.options.map(({ long }) => long)).sort();
    const section = readme.slice(readme.indexOf('## `provision`'), readme.indexOf('| exit code'));
    const documented = section
      .split('\n')
      .flatMap((row) => (row.split('|')[1] ?? '').match(/--[a-z][a-z-]*/g) ?? []);
    expect([...new Set(documented)].sort()).toEqual(actual);
  });

  it('asks for the Terraform that the stacks ask for', () => {
    const [, asked] =
      /'terraform\.required_version', '>= ([\d.]+)'/.exec(read('stacks/aws-provider.ts')) ?? [];
    const [, documented] = /\[Terraform\]\([^)]*\) ≥ ([\d.]+)/.exec(readme) ?? [];
    expect(asked).toMatch(/^\d/);
    expect(documented).toBe(asked);
  });

  it('lists every exit code', () => {
    const documented = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(documented).toEqual(expect.arrayContaining(Object.values(exitCodes)));
  });
});

describe('documents', () => {
  const folders = ['.', 'docs', 'docs/decisions', 'docs/operations'].filter((folder) =>
    existsSync(join(root, folder)),
  );
  const documents = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

  it.each(documents)('%s links to files that exist', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link ?? '');
    const dead = links.filter(
      (link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(document), link)),
    );
    expect(dead).toEqual([]);
  });
});

describe('operations', () => {
  it('lists the commands that hold the lease, all of them', () => {
    const holding = everyCommandOf(stagecraft())
      .filter(({ options }) => options.some(({ long }) => long === '--no-lease'))
      .map((command) => (command.parent?.parent ? `${command.parent.name()} ` : '') + command.name());
    const list = /A run that may change something \(([^)]*)\)/.exec(read('docs/operations.md'))?.[1] ?? '';
    expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort()).toEqual(holding.sort());
  });
});

describe('.ci/run', () => {
  const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  if (!shellcheck) console.warn('skipped: shellcheck is not on PATH');
  const maybe = shellcheck ? it : it.skip;

  maybe('passes shellcheck', () => {
    const { stdout } = spawnSync('shellcheck', [join(root, '.ci/run')], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});
