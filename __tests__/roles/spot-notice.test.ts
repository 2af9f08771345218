import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Text } from '../../provisioner/engine/shell';
import { spotNotice } from '../../provisioner/roles/spot-notice';
import { watcher } from '../../provisioner/roles/spot-notice/watcher';
import { shellcheck, shells } from '../tasks/harness';
import { exampleContext, exampleInventory, valueOn } from './example';

const node = 'test-general-2';
const script = scriptOf(watcher(exampleContext().perNode(({ name }) => name)));

describe('the role spot-notice', () => {
  it('has nothing to do where nothing is spot', () => {
    const inventory = exampleInventory();
    const nodes = inventory.nodes.map(({ spot: _, ...rest }) => rest);
    expect(spotNotice.tasks(exampleContext({}, { ...inventory, nodes }))).toEqual([]);
    expect(spotNotice.tasks(exampleContext()).every(({ onlyIf }) => onlyIf !== undefined)).toBe(true);
  });

  const maybe = shellcheck ? it : it.skip;
  maybe('writes a program that shellcheck has nothing to say about', () => {
    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: script, encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});

describe.each(shells)('the watcher under $name', ({ argv }) => {
  let dir: string;
  let imds: Server;
  let running: ChildProcess;
  /** What the stand-in for instance metadata answers. */
  let status = 404;

  beforeEach(async () => {
    status = 404;
    dir = mkdtempSync(join(tmpdir(), 'stagecraft-spot-'));
    mkdirSync(join(dir, 'bin'));
    appendFileSync(join(dir, 'calls'), '');
    fake('sleep', 'exec /bin/sleep 0.05');
    // A stand-in for kubectl: it writes down what it is asked, and has four pods, of which two may be evicted.
    fake(
      'k3s',
      `shift 3
case $* in
  *'get pods'*)
    echo 'get pods' >>'${dir}/calls'
    [ -e '${dir}/empty' ] || printf 'app web-1 ReplicaSet Running here\\napp web-2 ReplicaSet Running leaving\\nkube-system ds DaemonSet Running here\\napp alone none Running here\\n' ;;
  *jsonpath*) cat '${dir}/cordoned' 2>/dev/null || : ;;
  *'create --raw'*) echo "$* $(cat)" >>'${dir}/calls' ;;
  *) echo "$*" >>'${dir}/calls' ;;
esac`,
    );
    imds = createServer((request, response) => {
      const isToken = request.method === 'PUT' && request.url === '/latest/api/token';
      if (!isToken && request.headers['x-aws-ec2-metadata-token'] !== 'secret') response.statusCode = 401;
      else if (!isToken) response.statusCode = request.url?.endsWith('/spot/instance-action') ? status : 400;
      response.end(isToken ? 'secret' : '{"action":"stop"}');
    });
    await new Promise<void>((resolve) => imds.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(dir, 'watcher'), script);
  });
  afterEach(async () => {
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
    imds.closeAllConnections();
    await new Promise((resolve) => imds.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  });

  const fake = (name: string, body: string) => {
    writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(dir, 'bin', name), 0o755);
  };
  const start = () => {
    const address = imds.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
    const [program = 'sh', ...args] = argv;
    running = spawn(program, [...args, join(dir, 'watcher')], {
      stdio: 'ignore',
      env: {
        PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
        SC_STATE: dir,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${address.port}`,
      },
    });
  };
  const calls = () => readFileSync(join(dir, 'calls'), 'utf8').split('\n').filter(Boolean);
  const until = async (holds: () => boolean) => {
    const deadline = Date.now() + 30_000;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`gave up; so far:\n${calls().join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const cordon = `patch node ${node} -p {"spec":{"unschedulable":true}}`;
  const uncordon = `patch node ${node} -p {"spec":{"unschedulable":null}}`;
  const said = (call: string) => calls().some((line) => line.endsWith(call));
  const asked = () => calls().filter((line) => line === 'get pods').length;

  it('cordons once and evicts what is no DaemonSet and not leaving already, until it is gone', async () => {
    start();
    status = 200;
    await until(() => said('"name":"alone"}}') && said('"name":"web-1"}}'));
    expect(calls().join('\n')).not.toMatch(/eviction.*(web-2|"ds")/);
    expect(calls().filter((line) => line.endsWith(cordon))).toHaveLength(1);
    expect(said(uncordon)).toBe(false);
    writeFileSync(join(dir, 'empty'), '');
    const before = asked();
    await until(() => asked() > before + 1);
    expect(calls().filter((line) => line.endsWith(cordon))).toHaveLength(1);
  });

  it('takes its own cordon back when the instance is back, also after a restart', async () => {
    start();
    status = 200;
    await until(() => said('"name":"web-1"}}'));
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
    status = 404;
    start();
    await until(() => said(uncordon));
    await until(() => spawnSync('test', ['-e', join(dir, 'spot-notice')]).status === 1);
  });

  it('leaves the cordon of somebody else, and does nothing while the metadata do not answer', async () => {
    writeFileSync(join(dir, 'cordoned'), 'true');
    start();
    status = 200;
    await until(() => said('"name":"web-1"}}'));
    status = 404;
    const before = calls().length;
    status = 500;
    let requests = 0;
    imds.on('request', () => {
      requests += 1;
    });
    await until(() => requests > 8);
    expect(
      calls()
        .slice(before)
        .filter((line) => line.endsWith(uncordon)),
    ).toEqual([]);
  });
});

function scriptOf(content: Text): string {
  return content.parts.map((part) => (typeof part === 'string' ? part : valueOn(part, node))).join('');
}
