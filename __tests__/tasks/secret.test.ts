import { statSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from '../../provisioner/engine/shell';
import { secret } from '../../provisioner/tasks';
import { type Bench, bench, fingerprint, lint, me, shellcheck, shells } from './harness';

const canary = `c4n4ry'$(id)"\\ {}%s`;

describe.each(shells)('secret under $name', (shell) => {
  let on: Bench;
  let path: string;

  beforeEach(() => {
    on = bench({ shell });
    path = join(on.dir, 'token');
    answer({ Value: canary });
  });
  afterEach(() => on.remove());

  /** A curl that plays the metadata service and the Parameter Store, and writes down its arguments. */
  function answer(parameter: object) {
    on.write('answer', JSON.stringify({ Parameter: parameter, ...parameter }));
    on.fake(
      'curl',
      `
echo "$@" >>'${on.dir}/argv'
case "$*" in
  *api/token) echo session ;;
  *security-credentials/) cat >/dev/null; echo node-role ;;
  *security-credentials/node-role) cat >/dev/null; echo '{"AccessKeyId":"AKIA","SecretAccessKey":"key","Token":"tok"}' ;;
  *placement/region) cat >/dev/null; echo ap-northeast-2 ;;
  *) cat >/dev/null; cat '${on.dir}/answer' ;;
esac`,
    );
  }

  const task = (more = {}) => secret({ path, parameter: '/stagecraft/test/k3s/token', ...me, ...more });

  it('writes the value as it is, for its owner only', () => {
    on.converge(task());
    expect(on.read('token')).toBe(canary);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  it('says nothing of the value, in no output and no argument', () => {
    on.write('token', 'old');
    const { before, applied } = on.converge(task());
    const all = [before, applied].map(({ output, said }) => output + said).join('') + on.read('argv');
    expect(all).not.toContain('c4n4ry');
    expect(task().sensitive).toBe(true);
  });

  it('follows a value that was changed in the store', () => {
    on.converge(task());
    answer({ Value: 'rotated' });
    on.converge(task());
    expect(on.read('token')).toBe('rotated');
  });

  it('keeps the file, and says why, when the store refuses', () => {
    on.converge(task());
    on.write('answer', '{"__type":"AccessDeniedException"}');
    expect(on.check(task()).code).not.toBe(0);
    expect(on.apply(task()).said).toContain('AccessDeniedException');
    expect(on.read('token')).toBe(canary);
  });

  it.each([
    '{"__type":"InvalidKeyId","message":"arn:aws:kms:…:key/old is pending deletion."}',
    '{"__type":"AccessDeniedException","Message":"… is not authorized to perform: kms:Decrypt on resource …"}',
  ])('tells what to do about a leftover of an earlier deployment: %s', (refusal) => {
    on.write('answer', refusal);
    expect(on.apply(task()).said).toContain('aws ssm delete-parameter --name /stagecraft/test/k3s/token,');
  });

  it('keeps the file when the value may not be written', () => {
    on.write('token', 'old');
    const accept = sh`read -r value || :
if [ "$value" != fine ]; then
  sc_say 'not this one'
  exit 1
fi`;
    expect(on.apply(task({ accept }))).toMatchObject({ code: 1, said: 'not this one\n' });
    expect(on.read('token')).toBe('old');
    answer({ Value: 'fine' });
    on.converge(task({ accept }));
    expect(on.read('token')).toBe('fine');
  });

  it('only reads in its check', () => {
    on.write('token', 'old');
    on.write('argv', '');
    on.check(task());
    const before = fingerprint(on.dir).replace(/.*argv.*\n/, '');
    on.check(task());
    expect(fingerprint(on.dir).replace(/.*argv.*\n/, '')).toBe(before);
  });

  (shellcheck ? it : it.skip)('is clean', () => {
    expect(lint(task({ accept: sh`cat >/dev/null` }))).toBe('');
  });
});

it.each(['token', '/a b', '/a"b', '/'])('takes no parameter named %j', (parameter) => {
  expect(() => secret({ path: '/etc/x', parameter })).toThrow(RangeError);
});
