import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { stateBackend } from '../environments/backend';
import { plannedNodes } from '../environments/fleet';
import type { Environment } from '../environments/schema';
import { s3BackendOptions, useAws } from './aws-provider';
import { Network } from './constructs/network';
import { NodeFirewall } from './constructs/node-firewall';
import { NodeIdentity } from './constructs/node-identity';
import { Nodes } from './constructs/nodes';
import { Secrets } from './constructs/secrets';
import { inventoryOf } from './inventory';

/** Everything of one environment in AWS, and the `inventory` output that the provisioner reads. */
export class PlatformStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, environment.name);
    const { project, region, production } = environment;
    useAws(this, {
      region,
      accountId: environment.accountId,
      tags: { project, environment: environment.name, costCentre: environment.costCentre },
    });
    new S3Backend(this, { ...stateBackend(environment), ...s3BackendOptions() });

    const planned = plannedNodes(environment);
    const { accountId } = new DataAwsCallerIdentity(this, 'account');
    const place = { project, environment: environment.name, region };
    const prefix = `${project}-${environment.name}`;

    const secrets = new Secrets(this, 'secrets', {
      ...place,
      accountId,
      production,
      spot: planned.some(({ spot }) => spot),
    });
    const network = new Network(this, 'network', {
      ...place,
      ...environment.network,
      keyArn: secrets.keyArn,
    });
    const firewall = new NodeFirewall(this, 'firewall', {
      name: prefix,
      vpcId: network.vpcId,
      highlyAvailable: environment.servers.count > 1,
      flannelBackend: environment.k3s.flannelBackend,
    });
    const identity = new NodeIdentity(this, 'identity', { name: `${prefix}-node` });
    secrets.grantRead(identity);
    const nodes = new Nodes(this, 'nodes', {
      ...place,
      planned,
      network,
      firewall,
      identity,
      production,
      keyArn: secrets.keyArn,
    });

    new TerraformOutput(this, 'inventory', {
      description: 'What the provisioner reads: nodes, endpoints, names of secrets. No secret is in it.',
      value: inventoryOf({
        environment,
        accountId,
        nodes: nodes.deployed,
        parameterPrefix: secrets.parameterPrefix,
        kmsKeyArn: secrets.keyArn,
      }),
    });
  }
}
