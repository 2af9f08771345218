import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { save } from '../../provisioner/cli/write-kubeconfig';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-output-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = {
  name: 'stagecraft-prod',
  server: 'https://127.0.0.1:16443',
  tlsServerName: 'kubernetes.default.svc',
  key: 'key',
  certificate: 'certificate',
  ca: 'ca',
};

test('--output keeps what is in the file already, and becomes its current context', () => {
  const output = join(folder, 'config');
  writeFileSync(output, '# mine\ncurrent-context: other\ncontexts:\n  - name: other\n');
  expect(save(entry, { output })).toEqual({ file: output, backup: `${output}.before-stagecraft` });
  const text = readFileSync(output, 'utf8');
  expect(text).toContain('# mine');
  expect(parse(text)).toMatchObject({
    'current-context': 'stagecraft-prod',
    contexts: [{ name: 'other' }, { name: 'stagecraft-prod' }],
  });
});

test('--output makes a file that is not there', () => {
  const output = join(folder, 'fresh');
  expect(save(entry, { output })).toEqual({ file: output, backup: undefined });
  expect(parse(readFileSync(output, 'utf8'))).toMatchObject({ 'current-context': 'stagecraft-prod' });
});
