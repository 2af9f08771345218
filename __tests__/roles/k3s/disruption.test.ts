import { stepsOfRoles } from '../../../provisioner/engine/steps';
import type { Task } from '../../../provisioner/engine/task';
import { k3sDisruption } from '../../../provisioner/roles/k3s/disruption';
import { type Bench, bench, lint, shellcheck, shells } from '../../tasks/harness';
import { exampleContext } from '../example';

const context = exampleContext({ k3s: { drain: { timeoutSeconds: 30 }, readyTimeoutSeconds: 10 } });
const host = { name: 'test-general-1', id: 'i-1', groups: [] };

function tasksOf(when: 'before' | 'after', release?: string): readonly Task[] {
  return stepsOfRoles(k3sDisruption(context, release)[when](host), context).map(({ task }) => task);
}

const [cordon, drain] = tasksOf('before');
const [ready, uncordon] = tasksOf('after', 'v1.34.4+k3s1');
if (cordon === undefined || drain === undefined || ready === undefined || uncordon === undefined)
  throw new Error('a task is missing');

const maybe = shellcheck ? it.each : it.skip.each;
maybe(
  [...tasksOf('before'), ...tasksOf('after'), ...tasksOf('after', 'v1')].map(
    (task) => [task.name, task] as const,
  ),
)('%s: shellcheck has nothing to say', (_, task) => {
  expect(lint(task)).toBe('');
});

/** Answers as kubectl does; `node` holds NAME/<unschedulable>/<ours>, `condition` <Ready>/<version>, `pods` what would be evicted. */
const KUBECTL = `shift
echo "$*" >>calls
case $* in
  *'get node '*'-o name'*) [ ! -s node ] || echo node/test-general-1 ;;
  *'get node '*conditions*) cat condition ;;
  *'get node '*) cat node ;;
  *'get nodes '*) cat nodes ;;
  *'get lease '*) cat lease ;;
  *'get poddisruptionbudgets'*) echo 'NAMESPACE NAME MIN AVAILABLE: web' ;;
  'drain '*--dry-run=client) echo 'node/test-general-1 cordoned (dry run)'; cat pods ;;
  'drain '*) cat drained; read -r code <code; [ "$code" -ne 0 ] || : >pods; exit "$code" ;;
  *'"unschedulable":true'*) printf 'test-general-1/true/true' >node ;;
  *'"unschedulable":null'*) printf 'test-general-1//' >node ;;
esac`;

describe.each(shells)('out of service and back under $name', (shell) => {
  let on: Bench;

  beforeEach(() => {
    on = bench({ shell });
    on.fake('k3s', `cd '${on.dir}'; ${KUBECTL}`);
    for (const [name, content] of Object.entries({
      calls: '',
      node: 'test-general-1//',
      nodes: 'test-general-1//True\ntest-general-2//True\n',
      condition: 'True/v1.34.4+k3s1',
      lease: '',
      pods: 'evicting pod default/web-1 (dry run)\n',
      drained: 'evicting pod default/web-1\n',
      code: '0\n',
    }))
      on.write(name, content);
  });
  afterEach(() => on.remove());

  it('cordons, and marks the cordon as ours in the same call', () => {
    expect(on.converge(cordon).before.output).toBe('test-general-1 takes new pods\n');
    expect(on.read('node')).toBe('test-general-1/true/true');
    on.converge(drain);
    expect(on.read('calls')).toContain(
      'drain test-general-1 --ignore-daemonsets --delete-emptydir-data --timeout=30s',
    );
    on.converge(uncordon);
    expect(on.read('node')).toBe('test-general-1//');
  });

  it('leaves a cordon of the operator alone, before and after', () => {
    on.write('node', 'test-general-1/true/');
    expect(on.check(cordon).code).toBe(0);
    expect(on.check(uncordon).code).toBe(0);
  });

  it('has nothing to do for a node that has not joined', () => {
    on.write('node', '');
    expect(on.check(cordon).code).toBe(0);
    expect(on.check(drain).code).toBe(0);
  });

  it('says which pods would go', () => {
    expect(on.check(drain)).toMatchObject({ code: 1, output: 'evicting pod default/web-1 (dry run)\n' });
    on.write('pods', '');
    expect(on.check(drain).code).toBe(0);
  });

  it.each([
    ['test-general-1/true/true', 'test-general-1//', 'puts the node back'],
    ['test-general-1/true/', 'test-general-1/true/', 'keeps the cordon of the operator'],
  ])('of %s: a drain that fails tells the budgets and what to do, and leaves %s (%s)', (before, after) => {
    on.write('node', before);
    on.write('code', '1\n');
    const { code, output } = on.apply(drain);
    expect(code).not.toBe(0);
    expect(output).toContain('MIN AVAILABLE: web');
    expect(output).toContain('test-general-1 was not drained within 30 s (k3s.drain.timeoutSeconds)');
    expect(output.trimEnd().split('\n').at(-1)).toBe('Then run the same command again.');
    expect(on.read('node')).toBe(after);
  });

  it.each([
    ['True/v1.34.4+k3s1', 0],
    ['True/v1.33.10+k3s1', 1],
    ['Unknown/v1.34.4+k3s1', 1],
    ['', 1],
  ])('waits for Ready and the new release: %j', (condition, code) => {
    on.write('condition', condition);
    expect(on.check(ready).code).toBe(code);
  });

  it('waits for the kubelet to report again, where it keeps a lease', () => {
    on.write('lease', '2026-11-25T03:00:00.000001Z');
    expect(on.check(ready).code).toBe(1);
    expect(on.check(ready).code).toBe(1);
    on.write('lease', '2026-11-25T02:59:10.000001Z');
    expect(on.check(ready).code).toBe(0);
  });

  it('after a reboot any release will do', () => {
    const [rebooted] = tasksOf('after');
    if (rebooted === undefined) throw new Error('a task is missing');
    on.write('condition', 'True/v1.33.10+k3s1');
    expect(on.check(rebooted).code).toBe(0);
    on.write('condition', 'False/v1.33.10+k3s1');
    expect(on.check(rebooted).code).toBe(1);
  });
});

it('is a way out that the operator can read', () => {
  const { state, undo, on } = k3sDisruption(context);
  expect([on, state, undo(host)]).toEqual([
    'servers',
    'cordoned and drained',
    '`k3s kubectl uncordon test-general-1` on a server.',
  ]);
});
