import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from '../../provisioner/engine/shell';
import { absent, directory, file, line, link, noLine } from '../../provisioner/tasks';
import { type Bench, bench, fingerprint, me, shells } from './harness';

const hostile = [
  `it's "quoted" $(touch /tmp/stagecraft-pwned) \`id\` \${HOME} $HOME`,
  'new\nlines\n\nand a tab\t',
  '-n -e --help',
  'back\\slashes \\n \\0 %s %d',
  'ünï 日本語 🎫',
  "'; exit 3; '",
  '*?[a-z] ~root !! #no',
];

describe.each(shells)('under $name', (shell) => {
  let on: Bench;
  beforeEach(() => {
    on = bench({ shell });
  });
  afterEach(() => on.remove());

  describe('file', () => {
    it.each(hostile)('writes %j as it is', (content) => {
      const task = file({ path: join(on.dir, 'f'), content, ...me });
      on.converge(task);
      expect(on.read('f')).toBe(content);
      expect(existsSync('/tmp/stagecraft-pwned')).toBe(false);
    });

    it.each(hostile.filter((name) => !name.includes('/')))('takes %j as a name', (name) => {
      const task = file({ path: join(on.dir, name), content: 'x\n', ...me });
      on.converge(task);
      expect(on.read(name)).toBe('x\n');
    });

    it('puts in what differs per node', () => {
      const value = { kind: 'perNode', values: new Map([['a', '']]) } as const;
      on.remove();
      on = bench({ shell, values: new Map([[value, `a'b$(id)\n"c"`]]) });
      on.converge(file({ path: join(on.dir, 'f'), content: text`<${value}>`, ...me }));
      expect(on.read('f')).toBe(`<a'b$(id)\n"c">`);
    });

    it('shows what differs as a unified diff', () => {
      const path = on.write('f', 'one\ntwo\n');
      const { output } = on.check(file({ path, content: 'one\nthree\n', ...me }));
      expect(output).toContain(`--- ${path}`);
      expect(output).toContain('-two');
      expect(output).toContain('+three');
    });

    it('only reads in its check', () => {
      const path = on.write('f', 'old');
      const before = fingerprint(on.dir);
      on.check(file({ path, content: 'new', ...me }));
      on.check(file({ path: join(on.dir, 'missing/deep'), content: 'new', ...me }));
      expect(fingerprint(on.dir)).toBe(before);
    });

    it('sees a mode that was changed, and mends it', () => {
      const path = on.write('f', 'x');
      const task = file({ path, content: 'x', mode: '0640', ...me });
      expect(on.converge(task).before.output).toContain('mode, owner and group are 644');
      expect(statSync(path).mode & 0o7777).toBe(0o640);
    });

    it('replaces the file as a whole: an open reader keeps the old one, nothing is left beside it', () => {
      const path = on.write('d/f', 'old');
      const inode = statSync(path).ino;
      on.converge(file({ path, content: 'new', ...me }));
      expect(statSync(path).ino).not.toBe(inode);
      expect(readdirSync(join(on.dir, 'd'))).toEqual(['f']);
    });

    it('replaces a symbolic link, and leaves what it points to', () => {
      const target = on.write('target', 'keep');
      symlinkSync(target, join(on.dir, 'f'));
      on.converge(file({ path: join(on.dir, 'f'), content: 'mine', ...me }));
      expect(lstatSync(join(on.dir, 'f')).isFile()).toBe(true);
      expect(on.read('target')).toBe('keep');
    });

    it('fails where a folder is in the way', () => {
      mkdirSync(join(on.dir, 'f'));
      const task = file({ path: join(on.dir, 'f'), content: 'x', ...me });
      expect(on.check(task).code).not.toBe(0);
      expect(on.apply(task)).toMatchObject({ code: 1, output: expect.stringContaining('is a directory') });
    });

    it('makes an empty file', () => {
      on.converge(file({ path: join(on.dir, 'f'), content: '', ...me }));
      expect(on.read('f')).toBe('');
    });
  });

  describe('directory', () => {
    it('makes it with its parents and its mode', () => {
      const path = join(on.dir, 'a/b c');
      on.converge(directory({ path, mode: '0700', ...me }));
      expect(statSync(path).mode & 0o7777).toBe(0o700);
      expect(statSync(join(on.dir, 'a')).mode & 0o7777).toBe(0o755);
    });

    it('mends the mode, and keeps what is in it', () => {
      on.write('a/f', 'x');
      on.converge(directory({ path: join(on.dir, 'a'), mode: '0700', ...me }));
      expect(on.read('a/f')).toBe('x');
    });

    it('takes a link to a folder for the folder', () => {
      on.write('disk/f', 'x');
      symlinkSync(join(on.dir, 'disk'), join(on.dir, 'data'));
      expect(on.check(directory({ path: join(on.dir, 'data'), ...me })).code).toBe(0);
    });

    it('fails where a file is in the way', () => {
      const path = on.write('a', 'x');
      expect(on.apply(directory({ path, ...me })).code).not.toBe(0);
      expect(on.read('a')).toBe('x');
    });
  });

  describe('link', () => {
    it.each(['k3s', '-rf', "it's $(id)"])('points to %j, and is pointed elsewhere', (target) => {
      const path = join(on.dir, 'l');
      on.converge(link({ path, target }));
      expect(readlinkSync(path)).toBe(target);
      on.converge(link({ path, target: 'other' }));
      expect(readlinkSync(path)).toBe('other');
    });

    it('replaces a link to a folder, not what is in the folder', () => {
      mkdirSync(join(on.dir, 'folder'));
      symlinkSync('folder', join(on.dir, 'l'));
      on.converge(link({ path: join(on.dir, 'l'), target: 'other' }));
      expect(readdirSync(join(on.dir, 'folder'))).toEqual([]);
    });

    it('never replaces a real file', () => {
      const path = on.write('l', 'mine');
      expect(on.apply(link({ path, target: 'x' }))).toMatchObject({
        code: 1,
        output: expect.stringContaining('not a symbolic link'),
      });
      expect(on.read('l')).toBe('mine');
    });
  });

  describe('absent', () => {
    it.each(['f', '-rf', "it's $(id)", 'a\nb'])('removes %j, file or folder', (name) => {
      on.write(name, 'x');
      on.converge(absent({ path: join(on.dir, name) }));
      on.write(`${name}/deep/f`, 'x');
      on.converge(absent({ path: join(on.dir, name) }));
      expect(existsSync(join(on.dir, name))).toBe(false);
    });

    it('removes a dangling link', () => {
      symlinkSync('nowhere', join(on.dir, 'l'));
      on.converge(absent({ path: join(on.dir, 'l') }));
      expect(readdirSync(on.dir)).not.toContain('l');
    });
  });

  describe('line', () => {
    it.each(hostile.filter((value) => !value.includes('\n')))('adds %j at the end, once', (wanted) => {
      const path = on.write('f', 'first\n');
      on.converge(line({ path, line: wanted }));
      expect(on.read('f')).toBe(`first\n${wanted}\n`);
    });

    it('replaces the first that matches and drops the others', () => {
      const path = on.write('f', '# keep\nA=1\nB=2\nA=3\n');
      on.converge(line({ path, line: 'A=9', match: '^A=' }));
      expect(on.read('f')).toBe('# keep\nA=9\nB=2\n');
    });

    it('keeps the mode, and follows a link to the real file', () => {
      const path = on.write('real', 'x\n');
      symlinkSync('real', join(on.dir, 'f'));
      on.apply(file({ path, content: 'x\n', mode: '0600', ...me }));
      on.converge(line({ path: join(on.dir, 'f'), line: 'y' }));
      expect(on.read('real')).toBe('x\ny\n');
      expect(statSync(path).mode & 0o7777).toBe(0o600);
      expect(lstatSync(join(on.dir, 'f')).isSymbolicLink()).toBe(true);
    });

    it('is gone with noLine, exactly or by pattern', () => {
      const path = on.write('f', 'a.c\nabc\nkeep\n');
      on.converge(noLine({ path, line: 'a.c' }));
      expect(on.read('f')).toBe('abc\nkeep\n');
      on.converge(noLine({ path, line: { match: '^a' } }));
      expect(on.read('f')).toBe('keep\n');
      expect(on.check(noLine({ path: join(on.dir, 'missing'), line: 'x' })).code).toBe(0);
    });

    it('only reads in its check', () => {
      const path = on.write('f', 'a\n');
      const before = fingerprint(on.dir);
      on.check(line({ path, line: 'b' }));
      on.check(noLine({ path, line: 'a' }));
      expect(fingerprint(on.dir)).toBe(before);
    });
  });
});

describe('what no task takes', () => {
  it.each(['relative', './x', '/a/../b', '/a//b', '/a/', '/', '', '/a\0b'])('the path %j', (path) => {
    expect(() => file({ path, content: '' })).toThrow(RangeError);
  });

  it.each(['644x', '9999', '', 'u+x'])('the mode %j', (mode) => {
    expect(() => file({ path: '/x/y', content: '', mode })).toThrow(RangeError);
  });

  it('the removal of a top-level folder', () => {
    expect(() => absent({ path: '/etc' })).toThrow(RangeError);
  });

  it('a line of two lines', () => {
    expect(() => line({ path: '/x/y', line: 'a\nb' })).toThrow(RangeError);
  });
});
