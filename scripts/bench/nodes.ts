import { spawnSync } from 'node:child_process';
import { z } from 'zod';

/** The nodes that are compared on: the sandbox's, each with a real sshd. */
export const benchNodes = z.object({
  nodes: z.array(z.object({ name: z.string(), instanceId: z.string(), port: z.number().int() })).min(1),
  host: z.string(),
  user: z.string(),
  identityFile: z.string(),
  knownHostsFile: z.string(),
});

export type BenchNodes = z.infer<typeof benchNodes>;

/** Runs a command on every node, one after the other. @throws Error where it fails */
export function onEveryNode({ nodes, ...way }: BenchNodes, command: string): string[] {
  return nodes.map(({ port }) => {
    const { status, stdout, stderr } = spawnSync(
      'ssh',
      [...sshOptions(way), '-p', String(port), `${way.user}@${way.host}`, 'sh -s'],
      { input: command, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${command}\nended with ${status} on port ${port}:\n${stderr}`);
    return stdout;
  });
}

/** Of this machine's own ~/.ssh nothing is used: neither keys nor settings. */
export function sshOptions({
  identityFile,
  knownHostsFile,
}: Pick<BenchNodes, 'identityFile' | 'knownHostsFile'>): string[] {
  const settings = {
    IdentityFile: identityFile,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: knownHostsFile,
    StrictHostKeyChecking: 'yes',
  };
  return [
    '-F',
    '/dev/null',
    ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
  ];
}
