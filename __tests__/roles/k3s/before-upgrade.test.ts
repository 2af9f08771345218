import { utimesSync } from 'node:fs';
import type { NodeValue } from '../../../provisioner/engine/shell';
import type { Task } from '../../../provisioner/engine/task';
import { k3sServer } from '../../../provisioner/roles/k3s';
import { type Bench, bench, shells } from '../../tasks/harness';
import { exampleContext, exampleInventory } from '../example';

const NODE = 'test-server-1';

describe.each(shells)('the way back from an upgrade, under $name', (shell) => {
  let on: Bench;
  const bucketed = task({ backups: 'the-bucket' });
  const local = task({});

  beforeEach(() => {
    const values = new Map([...valuesIn(bucketed), ...valuesIn(local)].map((value) => [value, NODE]));
    on = bench({ shell, values });
    on.write('list', 'Name Location Size Created\n');
    on.write('calls', '');
    // As K3s does it: whether the upload succeeds is not in the exit code.
    on.fake(
      'k3s',
      `cd '${on.dir}'
echo "$*" >>calls
case $2 in
  save)
    if [ -e broken ]; then echo 'etcd gives none' && exit 1; fi
    number=$(($(wc -l <list) + 1000000000))
    echo "$4-${NODE}-$number.zip file:///snapshots/$4-${NODE}-$number.zip 1 now" >>list
    if [ ! -e no-upload ]; then echo "$4-${NODE}-$number.zip s3://the-bucket/$4-${NODE}-$number.zip 1 now" >>list; fi ;;
  ls) cat list ;;
esac`,
    );
  });
  afterEach(() => on.remove());

  const snapshots = () => on.read('calls').match(/etcd-snapshot save/g)?.length ?? 0;

  it('is taken once for an upgrade, and what earlier ones left is pruned', () => {
    on.converge(bucketed);
    expect(on.check(bucketed).code).toBe(0);
    expect(on.read('calls')).toBe(`etcd-snapshot save --name before-v1.34.4-k3s1
etcd-snapshot ls
etcd-snapshot prune --name before-v --snapshot-retention 12
`);
  });

  it.each([
    ['of another server', 'before-v1.34.4-k3s1-test-server-2-1000000000.zip'],
    ['of an upgrade before', `before-v1.34.4-k3s1-${NODE}-1000000000.zip`],
  ])('is not one %s', (_, name) => {
    on.write('list', `${name} s3://the-bucket/${name} 1 now\n`);
    on.converge(bucketed);
    expect(snapshots()).toBe(1);
  });

  it('is not one of half a day ago, nor one for another release', () => {
    const mark = on.write('state/before-upgrade', 'v1.34.4+k3s1\n');
    expect(on.check(local).code).toBe(0);
    const past = Date.now() / 1000 - 13 * 3600;
    utimesSync(mark, past, past);
    expect(on.check(local).code).not.toBe(0);
    on.write('state/before-upgrade', 'v1.34.3+k3s1\n');
    on.converge(local);
    expect(snapshots()).toBe(1);
  });

  it('has to be in the bucket where there is one', () => {
    const before = `before-v1.34.4-k3s1-${NODE}-0999999999.zip`;
    on.write('list', `${before} s3://the-bucket/${before} 1 now\n`);
    on.write('no-upload', '');
    const { code, output } = on.apply(bucketed);
    expect(code).not.toBe(0);
    expect(output).toContain('not in the bucket the-bucket');
    expect(output).toContain('--skip-tags before-upgrade');
    expect(on.check(bucketed).code).not.toBe(0);
    expect(on.apply(local).code).toBe(0);
  });

  it('is missing where etcd gives none', () => {
    on.write('broken', '');
    for (const one of [local, bucketed]) {
      expect(on.apply(one).code).not.toBe(0);
      expect(on.check(one).code).not.toBe(0);
    }
  });
});

it('goes with the exchange: the next upgrade takes its own', () => {
  const exchange = tasks({}).find(({ name }) => name.includes('in place of the one that runs'));
  expect(JSON.stringify(exchange?.apply.parts)).toContain('before-upgrade');
});

function tasks(buckets: Readonly<Record<string, string>>): readonly Task[] {
  return k3sServer.tasks(exampleContext({ servers: { count: 3 } }, exampleInventory(3, { buckets })));
}

function task(buckets: Readonly<Record<string, string>>): Task {
  const found = tasks(buckets).find(({ name }) => name.startsWith('snapshot of etcd before'));
  if (found === undefined) throw new Error('no such task');
  return found;
}

/** The node values in a task's shell. */
function valuesIn({ define, check, apply }: Task): NodeValue[] {
  return [define, check, apply]
    .flatMap((piece) => piece?.parts ?? [])
    .flatMap((part) => (typeof part === 'string' ? [] : part.quoted))
    .filter((value): value is NodeValue => typeof value !== 'string');
}
