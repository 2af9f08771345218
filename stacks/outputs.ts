import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { Environment } from '../environments/schema';
import type { DeliveryIdentity } from './constructs/delivery-identity';
import type { Edge } from './constructs/edge';
import type { DeployedNode } from './constructs/nodes';
import type { Secrets } from './constructs/secrets';
import type { Data } from './data';
import { inventoryOf } from './inventory';
import type { Operations } from './operations';
import type { Workloads } from './workloads';

export interface OutputsArgs {
  readonly environment: Environment;
  readonly accountId: string;
  /** Servers first. */
  readonly nodes: readonly DeployedNode[];
  /** Of the Kubernetes API: host:port. */
  readonly apiAddress: string;
  readonly secrets: Secrets;
  readonly data: Data;
  readonly workloads: Workloads;
  readonly edge: Edge | undefined;
  readonly operations: Operations;
  readonly delivery: DeliveryIdentity | undefined;
}

/** What a deployment tells: `inventory` to the provisioner, the rest to people and pipelines. No secret is in any. */
export function outputs(scope: Construct, args: OutputsArgs): void {
  const { secrets, data, edge, operations, delivery } = args;
  new TerraformOutput(scope, 'inventory', {
    description: 'What the provisioner reads: nodes, endpoints, names of secrets. No secret is in it.',
    value: inventoryOf({
      ...args,
      parameterPrefix: secrets.parameterPrefix,
      kmsKeyArn: secrets.keyArn,
      sessionDocument: operations.sessions.documentName,
    }),
  });
  tell(scope, {
    redis_user: ['User that the services authenticate to the cache as.', data.cache.userName],
    database_master_secret: ['ARN of the secret of the master user of RDS.', data.database.masterSecretArn],
    topic: ['ARN of the topic of events.', data.messaging?.topicArn],
    queues: ['URLs of the queues by name.', data.messaging?.queueUrls],
    issuer: ['What the cluster signs the tokens of service accounts as.', args.workloads.identity.issuer],
    workload_roles: [
      'ARNs of the roles that pods take on, by service: AWS_ROLE_ARN of their containers.',
      args.workloads.identity.roleArns,
    ],
    site_url: ['Where the web site is.', edge?.siteUrl],
    site_bucket: ['Bucket that the front end is deployed to.', edge?.siteBucket],
    distribution_id: [
      'Distribution to invalidate after a deployment of the front end.',
      edge?.distributionId,
    ],
    session_document: ['For aws ssm start-session --document-name.', operations.sessions.documentName],
    github_roles: ['ARNs of the roles that GitHub Actions takes on.', delivery?.roleArns],
    name_servers: ['Name servers to enter at the registrar or in the parent zone.', edge?.nameServers],
  });
}

/** What does not exist in this environment is left out. */
function tell(scope: Construct, told: Readonly<Record<string, readonly [string, unknown]>>): void {
  for (const [id, [description, value]] of Object.entries(told)) {
    if (value !== undefined) new TerraformOutput(scope, id, { description, value });
  }
}
