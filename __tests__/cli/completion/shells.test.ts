import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { completionScript, completionShells } from '../../../provisioner/cli/completion/scripts';
import { hasTool, shellcheck } from '../../engine/shells';

jest.setTimeout(180_000);

const project = resolve(__dirname, '../../..');
const installation = { program: join(project, 'provisioner/cli/stagecraft.cjs'), project };
const folder = mkdtempSync(join(tmpdir(), 'stagecraft-completion-'));
const script = (shell: (typeof completionShells)[number]) => join(folder, `completion.${shell}`);

beforeAll(() => {
  for (const shell of completionShells) writeFileSync(script(shell), completionScript(shell, installation));
  mkdirSync(join(folder, 'names'));
  const names = {
    nodes: ['prod-server-1', 'prod-general-1'],
    groups: ['agents'],
    tags: ['k3s'],
    tasks: ['k3s : join token'],
    facts: [],
  };
  writeFileSync(join(folder, 'names/prod.json'), JSON.stringify(names));
  writeFileSync(join(folder, 'a file.json'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Where a tool is missing the tests are skipped, with the reason. */
function needs(...tools: string[]): jest.It {
  const missing = tools.filter((tool) => !hasTool(tool));
  if (missing.length === 0) return test;
  console.warn(`skipped: ${missing.join(' and ')} not on PATH`);
  return test.skip;
}

/** What an interactive shell makes of keys that are typed on a terminal: all that it prints. */
function type(shell: string, keys: string, cwd = folder): string {
  const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
    cwd,
    encoding: 'utf8',
    input: keys,
    env: { ...process.env, STAGECRAFT_STATE_DIR: folder, TERM: 'xterm', PS1: '> ' },
  });
  return stdout;
}

/** Keys with Tab in them, and the words that the program is then called with. */
const typed: readonly (readonly [keys: string, words: readonly string[]])[] = [
  ['stagecraft prov\t--en\tprod', ['provision', '--env', 'prod']],
  ['stagecraft shell --env prod prod-s\t', ['shell', '--env', 'prod', 'prod-server-1']],
  ['stagecraft plan --env=sandbox-\t', ['plan', '--env=sandbox-ha']],
  [
    'stagecraft plan --env prod --start-at-task k3s\t',
    ['plan', '--env', 'prod', '--start-at-task', 'k3s : join token'],
  ],
  ['stagecraft plan --env prod -l agents,prod-g\t', ['plan', '--env', 'prod', '-l', 'agents,prod-general-1']],
  ['stagecraft inventory -i a\\ f\t', ['inventory', '-i', 'a file.json']],
];

/** Prints its words, so that it can be seen what the shell has made of the line. */
const stagecraftFunction = `stagecraft() { printf '[%s]' "$@"; echo .; }`;
const shown = (words: readonly string[]) => `${words.map((word) => `[${word}]`).join('')}.`;

describe('bash', () => {
  needs('bash', 'script').each(typed)('%j', (keys, words) => {
    const line = `source ${script('bash')}; ${stagecraftFunction}`;
    expect(type('bash --norc -i', `${line}\n${keys}\nexit\n`)).toContain(shown(words));
  });

  needs('bash', 'script')('in the project, npm run COMMAND -- and npx stagecraft too', () => {
    const line = `source ${script('bash')}; npm() { ${stagecraftFunction}; stagecraft "$@"; }; npx() { npm "$@"; }`;
    const keys = `${line}\nnpm run plan -- --env sandbox-\t\nnpx stagecraft comp\tba\t\nexit\n`;
    const inside = type('bash --norc -i', keys, project);
    expect(inside).toContain(shown(['run', 'plan', '--', '--env', 'sandbox-ha']));
    expect(inside).toContain(shown(['stagecraft', 'completion', 'bash']));
    expect(type('bash --norc -i', keys)).not.toContain('sandbox-ha');
  });

  needs('bash', 'script')('whoever completed npm before still does', () => {
    const before = `before() { COMPREPLY=(install-by-another); }; complete -F before npm`;
    const line = `${before}; source ${script('bash')}; source ${script('bash')}; npm() { echo "called: $*"; }`;
    expect(type('bash --norc -i', `${line}\nnpm ins\t\nexit\n`, project)).toContain(
      'called: install-by-another',
    );
  });

  needs('shellcheck')('shellcheck has nothing to say of the script', () => {
    expect(shellcheck(completionScript('bash', installation), 'bash')).toBe('');
  });
});

describe('zsh', () => {
  needs('zsh', 'script').each(typed)('%j', (keys, words) => {
    const line = `autoload -Uz compinit; compinit -u -D; source ${script('zsh')}; ${stagecraftFunction}`;
    expect(type('zsh -f -i', `${line}\n${keys}\nexit\n`)).toContain(shown(words));
  });
});

describe('fish', () => {
  const fish = needs('fish');
  const candidates = (line: string) =>
    spawnSync(
      'fish',
      ['--no-config', '-c', `source ${script('fish')}; complete -C ${JSON.stringify(line)}`],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, STAGECRAFT_STATE_DIR: folder, HOME: folder },
      },
    )
      .stdout.trimEnd()
      .split('\n')
      .map((candidate) => candidate.split('\t')[0]);

  fish.each([
    ['stagecraft prov', ['provision']],
    ['stagecraft shell --env prod prod-s', ['prod-server-1']],
    ['stagecraft plan --env prod --start-at-task k3s', ['k3s : join token']],
    ['stagecraft inventory -i a', ['a file.json']],
  ])('%s: %j', (line, expected) => {
    expect(candidates(line)).toEqual(expected);
  });
});
