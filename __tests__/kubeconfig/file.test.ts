import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeFile, kubeconfigFile } from '../../provisioner/kubeconfig/file';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'sub', 'config');
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

test('a file that is not there is made with its folder, for its owner only', () => {
  expect(changeFile(path, (text) => `${text}one`)).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe('one');
  expect(mode(path)).toBe('600');
});

test('what was there stays beside it; nothing else is left', () => {
  writeFileSync(path, 'one', { mode: 0o644 });
  expect(changeFile(path, (text) => `${text}, two`)).toBe(`${path}.before-stagecraft`);
  expect(readFileSync(`${path}.before-stagecraft`, 'utf8')).toBe('one');
  expect([mode(path), mode(`${path}.before-stagecraft`)]).toEqual(['600', '600']);
  expect(readdirSync(join(folder, 'sub')).sort()).toEqual(['config', 'config.before-stagecraft']);
});

test('a change that fails leaves the file as it was, and no lock', () => {
  expect(() =>
    changeFile(path, () => {
      throw new Error('no kubeconfig');
    }),
  ).toThrow('cannot be written: no kubeconfig');
  expect(readFileSync(path, 'utf8')).toBe('one, two');
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test('the lock of kubectl is respected', () => {
  writeFileSync(`${path}.lock`, '');
  expect(() => changeFile(path, () => 'three')).toThrow(`${path}.lock is there`);
  expect(readFileSync(path, 'utf8')).toBe('one, two');
  rmSync(`${path}.lock`);
});

test('a link is followed, not replaced', () => {
  const link = join(folder, 'link');
  symlinkSync(path, link);
  changeFile(link, () => 'through the link');
  expect(readFileSync(path, 'utf8')).toBe('through the link');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test('the file is the one that kubectl would write to', () => {
  expect(kubeconfigFile({})).toMatch(/\/\.kube\/config$/);
  expect(kubeconfigFile({ KUBECONFIG: `${folder}/none:${path}:${folder}/other` })).toBe(path);
  expect(kubeconfigFile({ KUBECONFIG: `${folder}/none:${folder}/other` })).toBe(`${folder}/other`);
});
