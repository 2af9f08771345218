import type { NodeCredentials } from './endpoint/credentials';

/** What a node's metadata says of it. */
export interface MetadataNode {
  readonly instanceId: string;
  readonly privateIp: string;
  /** For example `ap-northeast-2a`. */
  readonly zone: string;
  readonly region: string;
  readonly accountId: string;
  readonly arch: 'amd64' | 'arm64';
  /** For example `t3.medium`. */
  readonly instanceType: string;
  /** Whether it is bought from spare capacity, which AWS may take back. */
  readonly spot?: boolean | undefined;
  /** Instance tags; served below `tags/instance/`, as with `instance_metadata_tags = "enabled"`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What of the metadata is not for good. */
export interface MetadataSources {
  /** Name of the instance role, the only entry below `iam/security-credentials/`. */
  readonly roleName: string;
  /** The role's temporary credentials; asked for at each request, so that they rotate as real ones do. */
  readonly credentials: () => NodeCredentials;
  /** When AWS stops this spot instance; undefined: not soon. */
  readonly stopsAt?: Date | undefined;
}

/** Folders, and files whose content is made when it is read. */
export interface Tree {
  readonly [name: string]: Tree | string | (() => string);
}

/** An image of no region: the sandbox has none. */
const AMI_ID = 'ami-0123456789abcdef0';

/** The metadata categories that the platform and the AWS SDKs read, under `/latest/` and the dated version. */
export function metadataTree(node: MetadataNode, { roleName, credentials, stopsAt }: MetadataSources): Tree {
  const latest: Tree = {
    dynamic: { 'instance-identity': { document: () => identityDocument(node) } },
    'meta-data': {
      ...metaData(node, roleName, credentials),
      ...(stopsAt !== undefined && { spot: { 'instance-action': interruption(stopsAt) } }),
    },
  };
  return { '2021-07-15': latest, latest };
}

function metaData(node: MetadataNode, roleName: string, credentials: () => NodeCredentials): Tree {
  const name = `ip-${node.privateIp.replaceAll('.', '-')}.${node.region}.compute.internal`;
  const role = roleName.replaceAll('/', '-');
  return {
    'ami-id': AMI_ID,
    'ami-launch-index': '0',
    hostname: name,
    iam: {
      info: () => iamInfo(node, role, credentials()),
      'security-credentials': { [role]: () => securityCredentials(credentials()) },
    },
    'instance-action': 'none',
    'instance-id': node.instanceId,
    'instance-life-cycle': node.spot ? 'spot' : 'on-demand',
    'instance-type': node.instanceType,
    'local-hostname': name,
    'local-ipv4': node.privateIp,
    mac: macOf(node.privateIp),
    placement: { 'availability-zone': node.zone, region: node.region },
    services: { domain: 'amazonaws.com', partition: 'aws' },
    tags: { instance: { ...node.tags } },
  };
}

/** As EC2 tells of a spot instance that it takes back (user guide, "Spot Instance interruption notices"). */
function interruption(stopsAt: Date): string {
  return JSON.stringify({ action: 'stop', time: timestamp(stopsAt) });
}

function securityCredentials(credentials: NodeCredentials): string {
  return JSON.stringify(
    {
      Code: 'Success',
      LastUpdated: timestamp(credentials.lastUpdated),
      Type: 'AWS-HMAC',
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      Expiration: timestamp(credentials.expiration),
    },
    undefined,
    2,
  );
}

function iamInfo(node: MetadataNode, roleName: string, credentials: NodeCredentials): string {
  return JSON.stringify(
    {
      Code: 'Success',
      LastUpdated: timestamp(credentials.lastUpdated),
      InstanceProfileArn: `arn:aws:iam::${node.accountId}:instance-profile/${roleName}`,
      InstanceProfileId: 'AIPASTAGECRAFTSANDBOX',
    },
    undefined,
    2,
  );
}

function identityDocument(node: MetadataNode): string {
  return JSON.stringify(
    {
      accountId: node.accountId,
      architecture: node.arch === 'amd64' ? 'x86_64' : 'arm64',
      availabilityZone: node.zone,
      imageId: AMI_ID,
      instanceId: node.instanceId,
      instanceType: node.instanceType,
      privateIp: node.privateIp,
      region: node.region,
      version: '2017-09-30',
    },
    undefined,
    2,
  );
}

/** A locally administered address that is the node's own. */
function macOf(ipAddress: string): string {
  const octets = ipAddress.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return ['02', '00', ...octets].join(':');
}

/** Without milliseconds, as IMDS writes it. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
