import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { Workload } from '../../environments/workloads';
import { issuerDocuments } from '../../provisioner/inventory/schema';
import type { Grantee } from './grantee';
import { policyDocument } from './policy';
import { PrivateBucket } from './private-bucket';

export interface WorkloadIdentityArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** The account that is deployed to: names of buckets are global to AWS. */
  readonly accountId: string;
  /** Production: the bucket refuses to be destroyed, for with it every pod would lose its role. */
  readonly production: boolean;
  /** The services that get a role, by names of up to 27 characters. */
  readonly workloads: readonly Pick<Workload, 'name' | 'namespace' | 'serviceAccount'>[];
}

/**
 * Whom the pods of the cluster are in AWS, without any key: the cluster signs the tokens of its service accounts as an
 * issuer that IAM knows (OpenID Connect), and each service has a role that is trusted to one service account of one
 * namespace. IAM and STS read the issuer's two documents, which hold public keys, from a bucket; the servers put them there.
 *
 * A role starts with no permission; what a service may do, others grant. The names of the bucket and with it of the issuer
 * stay as they are: a cluster whose issuer changes signs in another name from its next start on.
 *
 * Cost: none to speak of: two objects of a few kilobytes, and requests in cents.
 */
export class WorkloadIdentity extends Construct {
  readonly #bucket: PrivateBucket;
  readonly #roles: ReadonlyMap<string, IamRole>;

  constructor(scope: Construct, id: string, args: WorkloadIdentityArgs) {
    super(scope, id);
    this.#bucket = new PrivateBucket(this, 'issuer', {
      // The deployment role of GitHub Actions may make providers of this beginning only.
      name: `${args.name}-oidc-${args.accountId}`,
      protect: args.production,
      // Encrypted with a key of S3's own: an object that KMS encrypts is nobody's to read without an account.
      publicKeys: Object.values(issuerDocuments),
    });
    // No thumbprints: of keys in S3 IAM trusts the certificate by its own list of authorities (IAM API,
    // CreateOpenIDConnectProvider).
    const provider = new IamOpenidConnectProvider(this, 'provider', {
      url: this.issuer,
      clientIdList: [AUDIENCE],
    });
    this.#roles = new Map(
      args.workloads.map((workload) => [workload.name, this.#role(args.name, workload, provider.arn)]),
    );
  }

  /** What the cluster signs as, and where its documents are: `https://` and the bucket's own host. */
  get issuer(): string {
    return `https://${this.#bucket.domainName}`;
  }

  get bucketName(): string {
    return this.#bucket.name;
  }

  /** ARNs of the roles by service, for the pods. */
  get roleArns(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#roles].map(([service, role]) => [service, role.arn]));
  }

  /** Lets the servers of the cluster write the issuer's two documents, and nothing else in the bucket. */
  grantPublish(servers: Grantee): void {
    this.#bucket.grantPublish('publish-issuer', servers);
  }

  /** The role of a service, for who grants it something. */
  granteeOf(service: string): Grantee {
    const role = this.#roles.get(service);
    if (role === undefined)
      throw new Error(`there is no service ${service}; there are: ${[...this.#roles.keys()].join(', ')}`);
    return {
      addPolicy: (id, statements) => {
        new IamRolePolicy(this, `${service}-${id}`, {
          name: id,
          role: role.name,
          policy: policyDocument(statements),
        });
      },
    };
  }

  /** `StringEquals`, without any wildcard, on both: the audience alone would let every pod in. */
  #role(
    name: string,
    { name: service, namespace, serviceAccount }: WorkloadIdentityArgs['workloads'][number],
    provider: string,
  ): IamRole {
    const host = this.#bucket.domainName;
    return new IamRole(this, `${service}-role`, {
      name: `${name}-pod-${service}`,
      description: `Pods of service account ${namespace}/${serviceAccount}`,
      maxSessionDuration: 3600,
      assumeRolePolicy: policyDocument([
        {
          sid: 'ServiceAccount',
          principal: { Federated: provider },
          actions: ['sts:AssumeRoleWithWebIdentity'],
          condition: {
            StringEquals: {
              [`${host}:aud`]: AUDIENCE,
              [`${host}:sub`]: `system:serviceaccount:${namespace}:${serviceAccount}`,
            },
          },
        },
      ]),
    });
  }
}

/** Whom a pod's token is for: STS. */
const AUDIENCE = 'sts.amazonaws.com';
