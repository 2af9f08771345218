import { z } from 'zod';

/**
 * The contract between the two halves: `stacks/` writes one Terraform output, `inventory`, of exactly this shape,
 * and the provisioner reads it. It names secrets, buckets and keys; it never holds a secret's value.
 */
export const INVENTORY_VERSION = 1;

/** A name that is safe as a host name (RFC 1123), a Kubernetes node name, a tag value and an Ansible host. */
export const nodeName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens only (RFC 1123)');

/** `key=value:Effect`, in the three parts that Kubernetes gives a taint. */
export const taint = z.strictObject({
  key: z.string().min(1),
  value: z.string().default(''),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

export const inventoryNode = z.strictObject({
  name: nodeName,
  /** `server` runs the K3s control plane, `agent` runs workloads only. */
  role: z.enum(['server', 'agent']),
  instanceId: z.string().regex(/^i-[0-9a-f]{8,17}$/, 'an EC2 instance id such as i-0123456789abcdef0'),
  privateIp: z.ipv4(),
  /** Availability zone, for example `ap-northeast-2a`. */
  zone: z.string().min(1),
  arch: z.enum(['amd64', 'arm64']),
  /** Kubernetes node labels. */
  labels: z.record(z.string(), z.string()),
  taints: z.array(taint),
  /** Host groups beside the implied `all`, `servers` and `agents`: the names of the node groups. */
  groups: z.array(z.string().min(1)),
  /** The EBS volume that outlives the node. Absent: it has none. */
  dataVolumeId: z
    .string()
    .regex(/^vol-[0-9a-f]{8,17}$/, 'an EBS volume id such as vol-0123456789abcdef0')
    .optional(),
  /** Whether AWS may take the instance back at two minutes' notice. Absent: it may not. */
  spot: z.boolean().optional(),
});

/**
 * Where an issuer of tokens keeps its public documents, below its URL: the first as OpenID Connect Discovery 1.0, section 4,
 * asks for; the second, which the first points to, as Kubernetes calls it.
 */
export const issuerDocuments = {
  discovery: '.well-known/openid-configuration',
  keys: 'openid/v1/jwks',
} as const;

/** The issuer of the cluster's tokens and the roles that trust it. Nothing of it is secret. */
export const workloadIdentity = z.strictObject({
  /** URL that the API server signs service account tokens as, and below which its public documents are; no slash at the end. */
  issuer: z.string().regex(/^https:\/\/[A-Za-z0-9.-]+$/, 'https:// and a host'),
  /** S3 bucket that those documents are in. */
  bucket: z.string().min(1),
  /** By service: the service account of its pods, and the role (ARN) that they take on. */
  services: z.record(
    z.string(),
    z.strictObject({
      namespace: z.string().min(1),
      serviceAccount: z.string().min(1),
      roleArn: z.string().startsWith('arn:'),
    }),
  ),
});

export const inventorySchema = z.strictObject({
  schemaVersion: z.literal(INVENTORY_VERSION),
  project: z.string().min(1),
  environment: z.string().min(1),
  region: z.string().min(1),
  accountId: z.string().regex(/^\d{12}$/, 'twelve digits'),
  nodes: z.array(inventoryNode).min(1, 'at least one node: deploy the environment first'),
  endpoints: z.strictObject({
    /** Where clients in the VPC find the Kubernetes API, without scheme: host:port. With several servers, a name of all of them. */
    kubernetesApi: z.string().min(1),
    /** Public host names; absent where the environment has no domain. */
    site: z.string().optional(),
    api: z.string().optional(),
    redis: z.string().optional(),
    database: z.string().optional(),
    /** Base URL of a mirror of release downloads; absent: the projects' own release pages. */
    artifacts: z.url().optional(),
  }),
  secrets: z.strictObject({
    /** Parameter Store path under which this environment's secrets live: `/<project>/<environment>`. */
    parameterPrefix: z.string().regex(/^\/[A-Za-z0-9_.\-/]+[^/]$/),
    /** KMS key (ARN) that encrypts them; absent: the account's `alias/aws/ssm`. */
    kmsKeyArn: z.string().optional(),
    /** Full name of the SecureString parameter that holds the K3s join token. */
    k3sToken: z.string().startsWith('/'),
  }),
  /** The user that the services authenticate to the cache as. Absent: deployed before the inventory told of it. */
  redis: z
    .strictObject({
      /** What ElastiCache knows the user by. */
      userId: z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]*$/),
      /** What clients say in AUTH. */
      userName: z.string().min(1),
      /** Full name of the SecureString parameter that holds the password. */
      passwordParameter: z.string().startsWith('/'),
    })
    .optional(),
  /** S3 buckets by purpose, for example `backups`. */
  buckets: z.record(z.string(), z.string()),
  /**
   * The document that a person's session on a node names: where it is logged and when it ends. Absent: deployed before the
   * inventory told of it, and sessions have the preferences of the account.
   */
  sessionDocument: z.string().min(1).optional(),
  /** Whom pods are in AWS. Absent where it was never deployed: the cluster then signs as K3s does by itself. */
  workloadIdentity: workloadIdentity.optional(),
});

export type Inventory = z.infer<typeof inventorySchema>;
export type InventoryNode = z.infer<typeof inventoryNode>;
export type Taint = z.infer<typeof taint>;
