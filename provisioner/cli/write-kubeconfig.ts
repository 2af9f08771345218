import { createHash, randomBytes } from 'node:crypto';
import { isSandbox } from '../../environments';
import type { Host } from '../engine/play';
import { quote } from '../engine/shell';
import { exitCodes, UserError } from '../errors';
import { keyAndRequest } from '../kubeconfig/certificate-request';
import type { KubeconfigEntry } from '../kubeconfig/entry';
import { changeFile, kubeconfigFile } from '../kubeconfig/file';
import { mergeKubeconfig } from '../kubeconfig/merge';
import { visibleLine } from '../report/visible';
import { accessGroups, accessRole, signedCertificate } from '../roles/k3s/access';
import { handOver } from './hand-over';
import { type Fleet, openFleet } from './open-fleet';
import { runOrigin } from './operator';
import type { EnvironmentFlags } from './options';
import { sshTunnelTo, type Tunnel, tunnelTo } from './tunnel';
import { workOnNodes } from './work-on-nodes';

/** The flags of `kubeconfig`, as commander gives them. */
export interface KubeconfigOptions extends EnvironmentFlags {
  readonly print?: true;
  readonly output?: string;
  readonly context?: string;
  readonly view?: true;
  readonly hours: number;
  readonly port?: number;
  readonly use?: true;
}

/** Runs `kubeconfig`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function writeKubeconfig(options: KubeconfigOptions): Promise<number> {
  const fleet = await openFleet(options);
  const name = options.context ?? `${fleet.inventory.project}-${fleet.inventory.environment}`;
  const { node, ...credentials } = await askServers(fleet, options);
  const tunnel = tunnelOf(fleet, node, options.port);
  const entry: KubeconfigEntry = {
    name,
    server: tunnel === undefined ? `https://${fleet.inventory.endpoints.kubernetesApi}` : tunnel.url,
    // A name that every server's certificate has, wherever the tunnel ends.
    tlsServerName: 'kubernetes.default.svc',
    ...credentials,
  };
  tell(save(entry, options), fleet, entry, options);
  if (tunnel === undefined) return exitCodes.done;
  const words = tunnel.words.map(quote).join(' ');
  if (options.print) {
    process.stdout.write(`${words}\n`);
    return exitCodes.done;
  }
  tunnel.check(words);
  process.stderr.write('The tunnel is open while this runs; Ctrl-C closes it.\n');
  const [program, ...args] = tunnel.words;
  return handOver(program, args);
}

interface Signed {
  readonly node: Host;
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
}

/** The first server that can be reached has the certificate signed. */
async function askServers(fleet: Fleet, { view, hours }: KubeconfigOptions): Promise<Signed> {
  const level = view ? 'view' : 'admin';
  const { user, host } = runOrigin(new Date());
  const { key, request } = keyAndRequest({ user: `${user}@${host}`, group: accessGroups[level] });
  const role = accessRole({
    level,
    request,
    seconds: hours * 3600,
    name: `stagecraft-${randomBytes(8).toString('hex')}`,
  });
  const reasons: string[] = [];
  for (const server of fleet.hosts.filter(({ groups }) => groups.includes('servers'))) {
    const work = await workOnNodes(fleet, {
      plays: [{ name: 'access', hosts: server.name, roles: [role] }],
      hosts: [server],
      tags: ['access'],
      timeoutSeconds: 180,
    });
    const reason = work.unreachable.get(server.name);
    if (reason !== undefined) {
      reasons.push(`${server.name}: ${visibleLine(reason)}`);
      continue;
    }
    const signed = signedCertificate(work.tasks[0]?.output ?? '');
    if (signed !== undefined) return { node: server, key, ...signed };
    throw new UserError(
      `${fleet.inventory.environment} gave no certificate: ${work.failure ?? `${server.name} answered with none`}`,
      'Does the API answer there? `npm run run -- --env … --limit servers -- k3s kubectl get csr` shows the requests.',
    );
  }
  throw new UserError(
    `No server of ${fleet.inventory.environment} can be reached: ${reasons.join('; ')}.`,
    'See docs/operations.md, "When a run fails".',
    exitCodes.unreachable,
  );
}

function tunnelOf(
  { environment, inventory, transport, sshTargetOf }: Fleet,
  server: Host,
  wanted: number | undefined,
): Tunnel | undefined {
  // The sandbox's API listens on this machine; the transport "local" is on the server itself.
  if (isSandbox(environment.name) || transport.name === 'local') return undefined;
  const localPort = wanted ?? portOf(`${inventory.project}-${inventory.environment}`);
  const node = inventory.nodes.find(({ name }) => name === server.name);
  return sshTargetOf === undefined || node === undefined
    ? tunnelTo({ region: inventory.region, instanceId: server.id, localPort })
    : sshTunnelTo(sshTargetOf(node), localPort);
}

/** The same port for an environment on every machine, so that tunnels to two of them can be open at once. */
function portOf(name: string): number {
  return 16_000 + (createHash('sha256').update(name).digest().readUInt16BE() % 1000);
}

/** In a file that was asked for, the entry is the current context: nobody else's is what it was asked for. */
export function save(
  entry: KubeconfigEntry,
  options: Pick<KubeconfigOptions, 'output' | 'use'>,
): { file: string; backup: string | undefined } {
  const file = options.output ?? kubeconfigFile();
  const own = options.output !== undefined;
  const backup = changeFile(file, (text) =>
    mergeKubeconfig(text, entry, { where: file, use: own || options.use === true }),
  );
  return { file, backup };
}

function tell(
  { file, backup }: { file: string; backup: string | undefined },
  { simulated }: Fleet,
  { name }: KubeconfigEntry,
  { hours, view, output }: KubeconfigOptions,
): void {
  const until = new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
  const select = output === undefined ? `--context ${quote(name)}` : `--kubeconfig ${quote(output)}`;
  const lines = [
    ...(simulated === undefined ? [] : [simulated]),
    `context ${name} in ${file}, ${view ? 'to look only' : 'cluster-admin'}, valid until ${until} UTC`,
    ...(backup === undefined ? [] : [`what was there before: ${backup}`]),
    `kubectl ${select} get nodes`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
