import { z } from 'zod';
import { inventoryNode } from '../inventory/schema';
import { sandboxSsh } from './handle';

/** A node as `sandbox status` shows it. */
const statusNode = z.strictObject({
  name: z.string(),
  /** The instance id, which is also how SSM and the inventory know the node. */
  id: z.string(),
  instanceId: z.string(),
  role: inventoryNode.shape.role,
  privateIp: z.string(),
  zone: z.string(),
  groups: z.array(z.string()),
  /** Whether the service has a connection to its agent. */
  online: z.boolean(),
  /** Whether its namespaces are up. */
  running: z.boolean(),
  /** The host's number of its PID 1. */
  pid: z.number().nullable(),
  /** Whether its disk survives `down`: one in memory does not. */
  diskSurvives: z.boolean(),
  metadata: z.string(),
  /** Port of its sshd on 127.0.0.1; null where there is none. */
  sshPort: z.number().nullable(),
});

export const sandboxStatus = z.strictObject({
  pid: z.number(),
  /** URL of the SSM endpoint. */
  endpoint: z.string(),
  region: z.string(),
  accountId: z.string(),
  credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  /** Base URL of the artifact mirror. */
  artifacts: z.string(),
  /** What answers at the Kubernetes API's address. */
  kubernetes: z.strictObject({ kind: z.enum(['real', 'simulated']), address: z.string() }),
  nodes: z.array(statusNode),
  ssh: sandboxSsh,
  /** Latency and faults that differ from a healthy service. */
  settings: z.record(z.string(), z.unknown()),
  /** Calls of the SSM API so far, by operation. */
  calls: z.record(z.string(), z.number()),
  /** What is not the real thing. */
  simulated: z.array(z.string()),
  /** Variables that point AWS CLI, SDKs and boto3 at the sandbox. */
  env: z.record(z.string(), z.string()),
});

export type SandboxStatus = z.infer<typeof sandboxStatus>;
export type SandboxStatusNode = z.infer<typeof statusNode>;

const SIMULATED = [
  'SSM Run Command and Parameter Store (real protocol and limits, on loopback)',
  'ElastiCache: the services’ user and its passwords (the real protocol; there is no cache)',
  'S3 (the bucket of backups and that of the token issuer; a subset)',
  'EC2 instance metadata (IMDSv2, one loopback listener a node)',
  'nodes (Linux namespaces over an overlay of this machine; they share its network and clock)',
  'systemd (systemctl, journalctl, timedatectl, hostnamectl; units are read and their processes run)',
  'apt-get and the packages it installs',
  'kernel settings: sysctl, modprobe, swap (files of the node; this machine keeps its own)',
  'K3s (a script in place of the binary; it checks its configuration and joins, but runs no containers)',
] as const;

/** Everything that stands in for something. */
export function simulatedParts(kubernetes: 'real' | 'simulated'): string[] {
  return kubernetes === 'real' ? [...SIMULATED] : [...SIMULATED, 'the Kubernetes API and kubectl (a subset)'];
}

/** The standard variables of AWS tools. Only SSM is here: any other service must not reach a real account by accident. */
export function awsEnvironment(sandbox: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SSM: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: sandbox.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandbox.credentials.secretAccessKey,
    AWS_REGION: sandbox.region,
    AWS_DEFAULT_REGION: sandbox.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
