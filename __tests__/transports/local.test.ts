import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalTransport } from '../../provisioner/transports/local';
import { isThatMachine } from '../../provisioner/transports/this-machine';
import type { Outcome, RunRequest } from '../../provisioner/transports/transport';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('skipped: scripts run as root');
const asRoot = isRoot ? describe : describe.skip;

asRoot('a script on this machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stagecraft-local-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function run(script: string, more: Partial<RunRequest> = {}): Promise<Outcome | undefined> {
    const outcomes: Outcome[] = [];
    await new LocalTransport().run({
      script,
      hosts: [{ name: 'node-1', id: 'i-00000000000000001', groups: [] }],
      comment: 'test',
      forks: 1,
      timeoutSeconds: 60,
      signal: new AbortController().signal,
      onOutcome: (_, outcome) => outcomes.push(outcome),
      ...more,
    });
    expect(outcomes).toHaveLength(1);
    return outcomes[0];
  }

  const lasting = () =>
    `sleep 1000 & echo begun\necho $! >${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid\nwait\n`;
  const isGone = () => !existsSync(`/proc/${readFileSync(join(folder, 'pid'), 'utf8').trim()}/exe`);

  test('its output, its error and its exit code', async () => {
    expect(await run('echo "$STAGECRAFT_NODE_ID"; pwd; echo wrong >&2; exit 7')).toEqual({
      kind: 'finished',
      exitCode: 7,
      stdout: 'i-00000000000000001\n/\n',
      stderr: 'wrong\n',
    });
  });

  test('nothing of the operator is in its environment', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'canary';
    const outcome = await run('env');
    delete process.env.AWS_SECRET_ACCESS_KEY;
    expect(outcome).toMatchObject({ kind: 'finished', stdout: expect.not.stringContaining('canary') });
  });

  test('at its time limit it is killed with all that it started', async () => {
    expect(await run(lasting(), { timeoutSeconds: 2 })).toMatchObject({
      kind: 'timedOut',
      stdout: 'begun\n',
    });
    expect(isGone()).toBe(true);
  });

  test('on Ctrl-C as well', async () => {
    const abort = new AbortController();
    const running = run(lasting(), { signal: abort.signal });
    while (!existsSync(join(folder, 'pid'))) await sleep(10);
    abort.abort();
    expect(await running).toMatchObject({ kind: 'cancelled', stdout: 'begun\n' });
    expect(isGone()).toBe(true);
    expect(await run('true', { signal: abort.signal })).toMatchObject({ kind: 'cancelled' });
  });

  test('a process that it leaves behind does not hold it up', async () => {
    const outcome = await run(`sleep 1000 & echo $! >${folder}/pid`);
    expect(outcome).toMatchObject({ kind: 'finished', exitCode: 0 });
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
  });
});

describe('whether a node is this machine', () => {
  const node = { name: 'web-1', instanceId: 'i-00000000000000001', privateIp: '10.0.0.10' };
  const machine = { addresses: ['127.0.0.1', '10.0.0.10'], hostname: 'laptop', instanceId: undefined };

  test('on EC2 the instance id alone decides: addresses come again', () => {
    expect(isThatMachine(node, { ...machine, instanceId: node.instanceId })).toBe(true);
    expect(isThatMachine(node, { ...machine, instanceId: 'i-00000000000000002' })).toBe(false);
  });

  test('elsewhere its address, or its name', () => {
    expect(isThatMachine(node, machine)).toBe(true);
    expect(isThatMachine(node, { ...machine, addresses: [] })).toBe(false);
    expect(isThatMachine(node, { ...machine, addresses: [], hostname: 'web-1' })).toBe(true);
  });
});
