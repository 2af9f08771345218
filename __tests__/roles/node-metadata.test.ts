import type { Taint } from '../../provisioner/inventory/schema';
import { nodeMetadataTasks } from '../../provisioner/roles/k3s/node-metadata';
import { type Bench, bench, lint, shellcheck, shells } from '../tasks/harness';
import { exampleContext, exampleInventory } from './example';

interface ApiNode {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly taints?: readonly { key: string; value?: string; effect: string; timeAdded?: string }[];
  readonly annotations?: Record<string, string>;
}

const nodeArgs = JSON.stringify([
  'agent',
  '--node-label',
  'x=y',
  '{"metadata":{"name":"trap","labels":{"a":"b"}}}',
]);

describe.each(shells)('labels and taints under $name', (shell) => {
  let on: Bench;

  beforeEach(() => {
    on = bench({ shell });
    on.fake('systemctl', 'exit 0');
    on.fake(
      'k3s',
      `shift; case $1 in get) cat '${on.dir}/nodes' ;; *) echo "$*" >>'${on.dir}/calls' ;; esac`,
    );
    on.write('calls', '');
  });
  afterEach(() => on.remove());

  /** What the API server answers: fields in its order, one line. */
  function cluster(...nodes: ApiNode[]) {
    const items = nodes.map(({ name, labels = {}, annotations = {}, taints }) => ({
      metadata: {
        name,
        uid: '0',
        labels: { 'kubernetes.io/os': 'linux', ...labels },
        annotations: { 'k3s.io/node-args': nodeArgs, ...annotations },
        managedFields: [
          { manager: 'k3s', fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } } },
        ],
      },
      spec: { podCIDR: '10.42.0.0/24', ...(taints && { taints }) },
      status: { images: [{ names: ['a@sha256:0'], sizeBytes: 1 }] },
    }));
    on.write('nodes', `${JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', metadata: {}, items })}\n`);
  }

  function task(labels: Record<string, string>, taints: readonly Taint[] = []) {
    const inventory = exampleInventory();
    const nodes = inventory.nodes.map((node) => ({
      ...node,
      ...(node.name === 'test-general-1' ? { labels, taints: [...taints] } : { labels: {}, taints: [] }),
    }));
    const [found] = nodeMetadataTasks(exampleContext({}, { ...inventory, nodes }));
    if (found === undefined) throw new Error('no task');
    return found;
  }

  const changes = (found: ReturnType<typeof task>) => {
    expect(on.apply(found)).toMatchObject({ code: 0, output: '' });
    return on
      .read('calls')
      .trim()
      .split('\n')
      .map((call) => call.replace('--overwrite node ', ''));
  };

  it('has nothing to do for nodes that are as wanted, and for nodes that are not there yet', () => {
    cluster({
      name: 'test-general-1',
      labels: { team: 'a' },
      taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' }],
      annotations: { 'stagecraft.dev/managed': 'label.team,taint.dedicated:NoSchedule' },
    });
    const found = task({ team: 'a' }, [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }]);
    expect(on.check(found)).toEqual({ code: 0, output: '', said: '' });
  });

  it('sets what is missing or differs, and remembers that it is ours', () => {
    cluster({ name: 'test-general-1', labels: { 'example.com/team': 'old' } });
    const found = task({ 'example.com/team': 'new' }, [{ key: 'dedicated', value: '', effect: 'NoExecute' }]);
    expect(on.check(found).code).toBe(1);
    expect(changes(found)).toEqual([
      'label test-general-1 example.com/team=new',
      'taint test-general-1 dedicated:NoExecute',
      'annotate test-general-1 stagecraft.dev/managed=label.example.com/team,taint.dedicated:NoExecute',
    ]);
  });

  it('takes away what was ours and is wanted no more, and leaves what others set', () => {
    cluster({
      name: 'test-general-1',
      labels: { team: 'a', others: 'b' },
      taints: [
        { key: 'gone', effect: 'NoSchedule' },
        { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
      ],
      annotations: { 'stagecraft.dev/managed': 'label.team,taint.gone:NoSchedule' },
    });
    expect(changes(task({}))).toEqual([
      'label test-general-1 team-',
      'taint test-general-1 gone:NoSchedule-',
      'annotate test-general-1 stagecraft.dev/managed-',
    ]);
  });

  it('leaves nodes alone that the inventory does not know', () => {
    cluster({
      name: 'somebody-elses',
      annotations: { 'stagecraft.dev/managed': 'label.x' },
      labels: { x: 'y' },
    });
    expect(on.check(task({ team: 'a' })).code).toBe(0);
  });

  it('tells the values of two nodes apart', () => {
    cluster({ name: 'test-server-1', labels: { team: 'a' } }, { name: 'test-general-1' });
    expect(on.check(task({ team: 'a' })).output).toContain('label test-general-1 team=a');
  });

  it('fails when the API does not answer', () => {
    on.fake('k3s', 'exit 1');
    expect(on.check(task({})).code).not.toBe(0);
    expect(on.apply(task({})).code).not.toBe(0);
  });

  (shellcheck ? it : it.skip)('is clean', () => {
    expect(lint(task({ team: 'a' }))).toBe('');
  });
});
