import { existsSync, readFileSync } from 'node:fs';
import type { Host } from '../../provisioner/engine/play';
import { ensureSandbox, type SandboxHandle } from '../../provisioner/sandbox';
import { down } from '../../provisioner/sandbox/lifecycle';
import { markedProcesses } from '../../provisioner/sandbox/process-table';
import { stateFolder } from '../../provisioner/sandbox/state-folder';
import { SshTransport } from '../../provisioner/transports/ssh';
import type { Outcome, RunRequest } from '../../provisioner/transports/transport';
import { sshdObstacle } from '../transports/sshd';
import { itWithNamespaces, ownStateFolder, smallEnvironment } from './namespaces-support';

const obstacle = sshdObstacle();
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);
const maybe = obstacle === undefined ? itWithNamespaces() : it.skip;

describe("the nodes' sshd", () => {
  let state: ReturnType<typeof ownStateFolder>;
  let sandbox: SandboxHandle;
  let transport: SshTransport;
  let hosts: Host[];

  beforeAll(async () => {
    if (maybe === it.skip) return;
    state = ownStateFolder();
    sandbox = await ensureSandbox(smallEnvironment());
    const { ssh } = sandbox;
    if ('unavailable' in ssh) throw new Error(ssh.unavailable);
    hosts = sandbox.inventory.nodes.map(({ name, instanceId }) => ({ name, id: instanceId, groups: [] }));
    transport = new SshTransport({
      home: state.folder,
      targetOf: ({ name }) => ({
        host: ssh.host,
        port: ssh.ports[name] ?? 0,
        user: ssh.user,
        identityFiles: [ssh.identityFile],
        identitiesOnly: true,
        knownHosts: [ssh.knownHostsFile],
        acceptNew: false,
      }),
    });
  });
  afterAll(async () => {
    await transport?.close();
    if (state === undefined) return;
    await down();
    state.remove();
  });

  async function run(script: string, more: Partial<RunRequest> = {}): Promise<Map<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    await transport.run({
      script,
      hosts,
      comment: 'test',
      forks: 10,
      timeoutSeconds: 120,
      signal: new AbortController().signal,
      onOutcome: ({ name }, outcome) => outcomes.set(name, outcome),
      ...more,
    });
    return outcomes;
  }

  const said = (outcome: Outcome | undefined) =>
    outcome?.kind === 'finished' ? outcome.stdout.trim() : JSON.stringify(outcome);

  maybe('leads to the node itself: its files, its metadata, its Parameter Store', async () => {
    const outcomes = await run(`cat /etc/machine-id
curl -fsS -H "X-aws-ec2-metadata-token: $(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \\
  "$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest/api/token")" "$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest/meta-data/instance-id"
echo
echo "$AWS_ENDPOINT_URL_SSM"`);
    for (const { name, id } of hosts)
      expect(said(outcomes.get(name))).toBe(`${id.slice(2).padStart(32, '0')}\n${id}\n${sandbox.endpoint}`);
  });

  maybe('a script that asks for a reboot runs again on the node that has come back', async () => {
    const outcomes = await run(
      `boot=$(cat /proc/sys/kernel/random/boot_id)
if ! [ -e /var/tmp/before ]; then
  echo "$boot" >/var/tmp/before; exit 194
fi
[ "$boot" != "$(cat /var/tmp/before)" ] && ! [ -e /run/gone ] && echo back`,
      { hosts: hosts.slice(0, 1), rebootSeconds: 300 },
    );
    expect(said(outcomes.get(hosts[0]?.name ?? ''))).toBe('back');
    // The other one was left alone, and both can be reached.
    const after = await run('uname -n');
    expect([...after.values()].map(({ kind }) => kind)).toEqual(['finished', 'finished']);
  });

  maybe('one that may not reboot the node is told as it ended', async () => {
    const outcomes = await run('exit 194', { hosts: hosts.slice(0, 1) });
    expect([...outcomes.values()]).toEqual([expect.objectContaining({ kind: 'finished', exitCode: 194 })]);
  });

  maybe('keeps its keys and ends with the sandbox', async () => {
    const { root, ssh } = stateFolder();
    const known = readFileSync(`${ssh}/known_hosts`, 'utf8');
    await transport.close();
    expect(markedProcesses(root).length).toBeGreaterThan(0);
    await down();
    expect(markedProcesses(root)).toEqual([]);
    await ensureSandbox(smallEnvironment());
    const lines = (text: string) => text.split('\n').sort();
    expect(lines(readFileSync(`${ssh}/known_hosts`, 'utf8'))).toEqual(lines(known));
    expect(existsSync(`${ssh}/operator`)).toBe(true);
  });
});
