import { answer } from '../../../provisioner/cli/completion/answer';
import { stagecraft } from '../../../provisioner/cli/program';
import { everyCommandOf } from '../../../provisioner/cli/run-command-line';

const program = stagecraft();
const names = {
  nodes: ['prod-server-1', 'prod-general-1'],
  groups: ['servers', 'agents', 'general'],
  tags: ['base', 'k3s', 'upgrades'],
  tasks: ['base : host name', 'k3s : join token'],
  facts: ['kernel', 'os_id'],
};
const asked: string[] = [];
const namesOf = (environment: string) => {
  asked.push(environment);
  return names;
};

/** What can follow the words, without descriptions. */
function following(...words: string[]): string[] {
  return answer(program, 'zsh', ['stagecraft', ...words], namesOf)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

describe('commands', () => {
  test('are those that --help lists', () => {
    const listed = program
      .createHelp()
      .visibleCommands(program)
      .map((command) => command.name());
    expect(following('')).toEqual(listed.filter((name) => name !== 'help'));
    expect(following('')).not.toContain('__complete');
    expect(following('pro')).toEqual(['provision']);
  });

  test('of commands', () => {
    expect(following('sandbox', 'res')).toEqual(['reset']);
    expect(following('sandbox', 'reset', 'up', '')).not.toContain('down');
  });

  test('have a description, of one line', () => {
    for (const line of answer(program, 'fish', ['stagecraft', ''], namesOf).trimEnd().split('\n'))
      expect(line).toMatch(/^[a-z]+\t[A-Z].{5,}$/);
  });
});

describe('options', () => {
  test('of every command are completed', () => {
    for (const command of everyCommandOf(program).filter(({ commands }) => commands.length === 0)) {
      const path =
        command.parent === program ? [command.name()] : [command.parent?.name() ?? '', command.name()];
      if (path[0]?.startsWith('__')) continue;
      const long = command.options.flatMap((option) => option.long ?? []);
      expect(following(...path, '--')).toEqual([...long, '--help']);
    }
  });

  test('that have been given are not offered again, unless they may be repeated', () => {
    expect(following('plan', '--env', 'prod', '--e')).toEqual([]);
    expect(following('plan', '--tags', 'k3s', '--ta')).toEqual(['--tags']);
  });

  test('are no options behind --', () => {
    expect(following('run', '--', '--')).toEqual([]);
    expect(following('run', 'ls', '-')).toEqual([]);
  });

  test('follow by themselves where nothing else can', () => {
    expect(following('status', '--env', 'prod', '')).toContain('--no-drift');
  });
});

describe('values', () => {
  test.each([
    [
      ['plan', '--env', 'sand'],
      ['sandbox', 'sandbox-ha'],
    ],
    [['plan', '--env=pr'], ['--env=prod']],
    [
      ['plan', '--output', ''],
      ['text', 'json', 'github'],
    ],
    [['facts', '--format', 'j'], ['json']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['plan', '-l', 'a'],
      ['all', 'agents'],
    ],
    [['plan', '--limit', 'all,!serv'], ['all,!servers']],
    [['plan', '--limit', 'agents:&prod-g'], ['agents:&prod-general-1']],
    [
      ['plan', '--tags', 'k3s,'],
      ['k3s,base', 'k3s,upgrades'],
    ],
    [['plan', '--start-at-task', 'k3s'], ['k3s : join token']],
    [['shell', '--env', 'prod', 'prod-s'], ['prod-server-1']],
    [['sandbox', 'up', '--offline', 'prod-g'], ['prod-general-1']],
    [['facts', '--filter', 'os_id,k'], ['os_id,kernel']],
    [['cost', '--compare', 'dev,m'], ['dev,managed']],
    [['restore', '--gone', 'prod-server-1,'], ['prod-server-1,prod-general-1']],
    [['inventory', '--host', 'prod-s'], ['prod-server-1']],
    [['node', 'remove', 'prod-g'], ['prod-general-1']],
    [['plan', '--forks', ''], []],
    [['plan', '--inventory', 'x'], [':files']],
    [['graph', '--output=x'], [':files']],
    [['no-such-command', ''], []],
  ])('%j: %j', (words, expected) => {
    expect(following(...words)).toEqual(expected);
  });

  test('are those of the environment that is named', () => {
    asked.length = 0;
    following('shell', '--env', 'dev', '');
    following('plan', '--env=prod', '--limit', '');
    following('sandbox', 'shell', '');
    expect(asked).toEqual(['dev', 'prod', 'sandbox']);
  });
});

describe('lines that other programs begin', () => {
  const lines = (line: string) => answer(program, 'bash', [line], namesOf).split('\n').slice(0, -1);

  test.each([
    ['npx stagecraft pla', ['plan']],
    ['npm run plan -- --env pro', ['prod']],
    ['npm run -s plan -- --env pro', ['prod']],
    ['/opt/bin/stagecraft pla', ['plan']],
    ['npm run pla', []],
    ['npm install -- pla', []],
    ['npx other pla', []],
    ['npm run build -- --env pro', []],
  ])('%s: %j', (line, expected) => {
    expect(lines(line)).toEqual(expected);
  });
});
