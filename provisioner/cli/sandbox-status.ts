import { columns } from '../columns';
import { quote } from '../engine/shell';
import type { SandboxStatus } from '../sandbox/status';

export const statusFormats = ['table', 'json', 'env'] as const;
export type StatusFormat = (typeof statusFormats)[number];

/** Prints the state of the sandbox on standard output, and nothing else there. */
export function printStatus(status: SandboxStatus, format: StatusFormat): void {
  process.stdout.write(`${render(status, format)}\n`);
}

function render(status: SandboxStatus, format: StatusFormat): string {
  if (format === 'json') return JSON.stringify(status, null, 2);
  if (format === 'env')
    return Object.entries(status.env)
      .map(([name, value]) => `export ${name}=${quote(value)}`)
      .join('\n');
  return table(status);
}

function table(status: SandboxStatus): string {
  const heading = ['NODE', 'ROLE', 'INSTANCE', 'ADDRESS', 'ZONE', 'STATE', 'SSH PORT', 'DISK'];
  const rows = status.nodes.map((node) => [
    node.name,
    node.role,
    node.instanceId,
    node.privateIp,
    node.zone,
    node.running ? (node.online ? 'online' : 'offline (fault)') : 'down',
    node.sshPort === null ? 'none' : String(node.sshPort),
    node.diskSurvives ? 'kept' : 'in memory, lost on down',
  ]);
  const facts = [
    `SSM endpoint   ${status.endpoint} (region ${status.region})`,
    `Artifacts      ${status.artifacts}`,
    `Kubernetes     https://${status.kubernetes.address} (${status.kubernetes.kind})`,
    `SSH            ${ssh(status.ssh)}`,
    ...Object.entries(status.settings).map(
      ([name, value]) => `Setting        ${name} = ${JSON.stringify(value)}`,
    ),
  ];
  return [
    columns([heading, ...rows]),
    '',
    ...facts,
    '',
    'Simulated:',
    ...status.simulated.map((part) => `  - ${part}`),
    '',
    'AWS tools in this shell:  eval "$(npm run -s sandbox -- status --format env)"',
  ].join('\n');
}

function ssh(access: SandboxStatus['ssh']): string {
  if ('unavailable' in access) return `not there: ${access.unavailable}`;
  const files = `-i ${quote(access.identityFile)} -o UserKnownHostsFile=${quote(access.knownHostsFile)}`;
  return `ssh ${files} -p PORT ${access.user}@${access.host}`;
}
