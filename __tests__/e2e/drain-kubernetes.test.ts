import { stepsOfRoles } from '../../provisioner/engine/steps';
import type { Task } from '../../provisioner/engine/task';
import { k3sDisruption } from '../../provisioner/roles/k3s/disruption';
import { exampleContext } from '../roles/example';
import { type Bench, bench, shells } from '../tasks/harness';
import { RealCluster, realClusterObstacle } from './real-cluster';

const obstacle = realClusterObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(300_000);

const context = exampleContext({ k3s: { drain: { timeoutSeconds: 60 }, readyTimeoutSeconds: 10 } });
const hasty = exampleContext({ k3s: { drain: { timeoutSeconds: 10 } } });

function tasks(node: string, from = context): Record<'cordon' | 'drain' | 'ready' | 'uncordon', Task> {
  const { before, after } = k3sDisruption(from);
  const host = { name: node, id: 'i-1', groups: [] };
  const [cordon, drain] = stepsOfRoles(before(host), from).map(({ task }) => task);
  const [ready, uncordon] = stepsOfRoles(after(host), from).map(({ task }) => task);
  if (cordon === undefined || drain === undefined || ready === undefined || uncordon === undefined)
    throw new Error('a task is missing');
  return { cordon, drain, ready, uncordon };
}

/** The real kubectl, API, evictions, controllers and scheduler; only nodes and pods are kwok's. */
maybe('nodes of a real Kubernetes API', () => {
  const cluster = new RealCluster();
  const [shell] = shells;
  let on: Bench;

  beforeAll(async () => {
    if (shell === undefined) throw new Error('no shell to test with');
    on = bench({ shell });
    await cluster.start(['one', 'two']);
    on.fake('k3s', `shift; KUBECONFIG='${cluster.kubeconfig}' exec '${cluster.kubectlPath}' "$@"`);
    cluster.apply(workload('Deployment', 'web', 4, { volumes: [{ name: 'tmp', emptyDir: {} }] }));
    cluster.apply(workload('DaemonSet', 'daemon'));
    cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=120s');
    cluster.kubectl('rollout', 'status', 'daemonset/daemon', '--timeout=120s');
  });
  afterAll(async () => {
    on.remove();
    await cluster.stop();
  });

  const podsOn = (node: string) =>
    cluster
      .kubectl('get', 'pods', '-o', 'name', '--field-selector', `spec.nodeName=${node},status.phase=Running`)
      .trim()
      .split('\n')
      .map((name) => name.replace(/^pod\/([a-z]+)-.*$/, '$1'))
      .sort();
  const stateOf = (node: string) => {
    const { spec, metadata } = JSON.parse(cluster.kubectl('get', 'node', node, '-o', 'json'));
    return { cordoned: spec.unschedulable === true, ours: metadata.annotations?.['stagecraft.dev/cordoned'] };
  };

  it('are drained one pod at a time where a budget asks for it, and put back', () => {
    cluster.apply(budget({ maxUnavailable: 1 }));
    const { cordon, drain, ready, uncordon } = tasks('one');
    on.converge(cordon);
    expect(stateOf('one')).toEqual({ cordoned: true, ours: 'true' });
    expect(on.converge(drain).before.output).toContain('evicting pod default/web-');
    expect(podsOn('one')).toEqual(['daemon']);
    cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=120s');
    expect(podsOn('two')).toEqual(['daemon', 'web', 'web', 'web', 'web']);
    // kwok renews the leases of its nodes as kubelets do.
    on.converge(ready);
    on.converge(uncordon);
    expect(stateOf('one')).toEqual({ cordoned: false, ours: undefined });
  });

  it('stay in service where a budget lets nobody go', () => {
    cluster.apply(budget({ maxUnavailable: 0 }));
    const { cordon, drain } = tasks('two', hasty);
    on.converge(cordon);
    const { code, output } = on.apply(drain);
    expect(code).not.toBe(0);
    expect(output).toContain("Cannot evict pod as it would violate the pod's disruption budget");
    expect(output).toMatch(/^default +web +N\/A +0 /m);
    expect(output).toContain('two was not drained within 10 s');
    expect(stateOf('two')).toEqual({ cordoned: false, ours: undefined });
    expect(podsOn('two')).toEqual(['daemon', 'web', 'web', 'web', 'web']);
  });

  it('keep a cordon of the operator, and are told what is in the way', () => {
    cluster.kubectl('cordon', 'two');
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bare' },
      spec: { nodeName: 'two', containers: [{ name: 'x', image: 'x' }] },
    });
    const { cordon, drain, uncordon } = tasks('two', hasty);
    expect(on.check(cordon).code).toBe(0);
    const { code, output } = on.apply(drain);
    expect(code).not.toBe(0);
    expect(output).toContain('cannot delete Pods that declare no controller');
    expect(on.check(uncordon).code).toBe(0);
    expect(stateOf('two')).toEqual({ cordoned: true, ours: undefined });
  });

  it('that have not joined need nothing', () => {
    const { cordon, drain } = tasks('three');
    expect(on.check(cordon).code).toBe(0);
    expect(on.check(drain).code).toBe(0);
  });
});

const labels = { app: 'web' };

function workload(kind: string, name: string, replicas?: number, spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'x', image: 'x' }], ...spec },
      },
    },
  };
}

function budget(limits: object): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: labels }, ...limits },
  };
}
