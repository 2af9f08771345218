/**
 * One run of this project over the benchmark's nodes: engine, SSH transport and the plain output of `provision`.
 *
 *     node scripts/bench/start.cjs scripts/bench/stagecraft.ts NODES.json
 */
import { readFileSync } from 'node:fs';
import { plainListener } from '../../provisioner/cli/output/plain';
import { systemFacts } from '../../provisioner/engine/facts';
import { run } from '../../provisioner/engine/run';
import { SshTransport } from '../../provisioner/transports/ssh';
import { benchNodes } from './nodes';
import { type BenchContext, resources } from './resources';

async function main(): Promise<number> {
  const { nodes, host, user, identityFile, knownHostsFile } = benchNodes.parse(
    JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')),
  );
  const ports = new Map(nodes.map(({ name, port }) => [name, port]));
  const transport = new SshTransport({
    home: '/nonexistent',
    targetOf: ({ name }) => ({
      host,
      user,
      port: ports.get(name) ?? 0,
      identityFiles: [identityFile],
      identitiesOnly: true,
      knownHosts: [knownHostsFile],
      acceptNew: false,
    }),
  });
  const hosts = nodes.map(({ name, instanceId }) => ({ name, id: instanceId, groups: [] }));
  const context: BenchContext = {
    hostName: { kind: 'perNode', values: new Map(hosts.map(({ name }) => [name, name])) },
  };
  const listener = plainListener({ diff: false, verbose: false, color: false, write: print });
  const { recap } = await run<BenchContext>({
    environment: 'bench',
    runId: 'bench',
    plays: [{ name: 'resources', hosts: 'all', roles: [resources] }],
    context,
    hostsOf: () => hosts,
    transport,
    mode: 'apply',
    tags: [],
    skipTags: [],
    forks: 10,
    timeoutSeconds: 600,
    factSources: [systemFacts],
    refuse: () => undefined,
    emit: (event) => listener.on({ time: new Date().toISOString(), ...event }),
    signal: new AbortController().signal,
    now: Date.now,
    origin: { user: 'bench', host: 'bench', command: 'bench', started: new Date().toISOString() },
  });
  await transport.close();
  return [...recap.values()].every(({ failed, unreachable }) => failed + unreachable === 0) ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(text);
}

void main().then((code) => {
  process.exitCode = code;
});
