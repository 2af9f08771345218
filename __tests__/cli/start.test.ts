import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '..', '..');

/** A project with the launcher of this one and a small program. */
describe('a program that is started quickly', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stagecraft-start-'));
    mkdirSync(join(folder, 'provisioner', 'cli'), { recursive: true });
    mkdirSync(join(folder, 'app'));
    copyFileSync(join(PROJECT, 'provisioner/cli/start.cjs'), join(folder, 'provisioner/cli/start.cjs'));
    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    source('package.json', '{}');
    source('app/greeting.txt', 'hello');
    source('app/later.ts', "export const later: string = 'later';");
    source(
      'app/main.ts',
      `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { word } from './word';
async function main(): Promise<void> {
  const { later } = await import('./later');
  const { Listr } = await import('listr2');
  const greeting = readFileSync(join(__dirname, 'greeting.txt'), 'utf8');
  process.stdout.write([greeting, word, later, typeof Listr, process.argv.slice(2).join('+')].join(' '));
}
void main();
`,
    );
    source('app/word.ts', "export const word: string = 'one';");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function source(path: string, content: string): void {
    writeFileSync(join(folder, path), content);
  }

  function start() {
    const program = "void require('./provisioner/cli/start.cjs').start('app/main.ts')";
    return spawnSync(process.execPath, ['-e', program, '--', 'a', 'b'], { cwd: folder, encoding: 'utf8' });
  }

  const programs = () => {
    const made = join(folder, '.stagecraft', 'start');
    return existsSync(made) ? readdirSync(made).sort() : [];
  };

  it('does what its sources say, the first time and from then on', () => {
    expect(start()).toMatchObject({ stdout: 'hello one later function b', stderr: '', status: 0 });
    expect(start()).toMatchObject({ stdout: 'hello one later function b', stderr: '', status: 0 });
    expect(programs()).toEqual(['app-main.cjs', 'app-main.cjs.json']);
  });

  it.each(['app/word.ts', 'app/later.ts'])('is made anew when %s has changed', (path) => {
    expect(start().stdout).toContain('one later');
    source(path, "export const word: string = 'two'; export const later: string = 'two';");
    expect(start().stdout).toContain('two');
  });

  it('is run from its sources where nothing can be kept', () => {
    source('.stagecraft', 'a file in the way');
    expect(start()).toMatchObject({ stdout: 'hello one later function b', stderr: '', status: 0 });
  });

  it('tells a mistake in a source, and where, and keeps nothing', () => {
    source('app/word.ts', 'export const word = ;');
    const { status, stderr } = start();
    expect(status).not.toBe(0);
    expect(stderr).toContain(join('app', 'word.ts'));
    expect(programs()).toEqual([]);
  });
});
