import type { PlannedNode } from '../environments/fleet';
import type { Environment } from '../environments/schema';
import { INVENTORY_VERSION, type Inventory, type InventoryNode } from '../provisioner/inventory/schema';
import type { Edge } from './constructs/edge';
import type { DeployedNode } from './constructs/nodes';
import type { Data } from './data';
import type { Workloads } from './workloads';

export interface InventoryArgs {
  readonly environment: Environment;
  readonly accountId: string;
  /** Servers first. */
  readonly nodes: readonly DeployedNode[];
  /** Of the Kubernetes API: host:port. */
  readonly apiAddress: string;
  /** Parameter Store path of the secrets. */
  readonly parameterPrefix: string;
  /** Key that encrypts them (ARN). */
  readonly kmsKeyArn: string;
  readonly data: Data;
  readonly workloads: Workloads;
  /** The document that sessions name. */
  readonly sessionDocument: string;
  /** Undefined where nothing is public. */
  readonly edge: Edge | undefined;
}

/**
 * What the provisioner is told of a deployment. The type is the one that the provisioner parses, so a field that either
 * half renames does not compile. Values that AWS decides are tokens: strings until Terraform puts the real ones in.
 */
export function inventoryOf(args: InventoryArgs): Inventory {
  const { environment, data, edge } = args;
  return {
    schemaVersion: INVENTORY_VERSION,
    project: environment.project,
    environment: environment.name,
    region: environment.region,
    accountId: args.accountId,
    nodes: args.nodes.map(inventoryNode),
    endpoints: {
      kubernetesApi: args.apiAddress,
      ...(environment.domains === undefined
        ? {}
        : { site: environment.domains.site, api: environment.domains.api }),
      redis: data.cache.endpoint,
      ...(data.database.endpoint === undefined ? {} : { database: data.database.endpoint }),
      ...(environment.artifactMirror === undefined ? {} : { artifacts: environment.artifactMirror }),
    },
    secrets: {
      parameterPrefix: args.parameterPrefix,
      kmsKeyArn: args.kmsKeyArn,
      k3sToken: `${args.parameterPrefix}/k3s/token`,
    },
    redis: {
      userId: data.cache.userId,
      userName: data.cache.userName,
      passwordParameter: `${args.parameterPrefix}/redis/password`,
    },
    buckets: {
      backups: data.database.dumpBucket,
      ...(edge === undefined ? {} : { site: edge.siteBucket }),
    },
    sessionDocument: args.sessionDocument,
    workloadIdentity: workloadIdentityOf(args.workloads),
  };
}

function workloadIdentityOf({ identity, services }: Workloads): Inventory['workloadIdentity'] {
  const { issuer, bucketName, roleArns } = identity;
  return {
    issuer,
    bucket: bucketName,
    services: Object.fromEntries(
      services.map(({ name, namespace, serviceAccount }) => [
        name,
        { namespace, serviceAccount, roleArn: roleArns[name] ?? '' },
      ]),
    ),
  };
}

function inventoryNode(node: DeployedNode): InventoryNode {
  const { name, role, zone, arch, labels, taints, spot } = node.planned;
  return {
    name,
    role,
    instanceId: node.instanceId,
    privateIp: node.privateIp,
    zone,
    arch,
    labels,
    taints,
    groups: groupsOf(node.planned),
    ...(node.dataVolumeId === undefined ? {} : { dataVolumeId: node.dataVolumeId }),
    ...(spot ? { spot } : {}),
  };
}

function groupsOf(planned: PlannedNode): string[] {
  return planned.group === undefined ? [] : [planned.group];
}
