import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { Aspects, S3Backend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { stateBackend } from '../environments/backend';
import { hasEdge } from '../environments/edge';
import { internetEgress } from '../environments/egress';
import { plannedNodes } from '../environments/fleet';
import type { Environment } from '../environments/schema';
import { s3BackendOptions, useAws } from './aws-provider';
import { cluster } from './cluster';
import { Alarms } from './constructs/alarms';
import { Edge } from './constructs/edge';
import { globalRegion } from './constructs/global-region';
import { Network } from './constructs/network';
import { Secrets } from './constructs/secrets';
import { data } from './data';
import { delivery } from './delivery';
import { operations } from './operations';
import { outputs } from './outputs';
import { Unprotected } from './unprotected';
import { workloads } from './workloads';

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
    if (environment.unprotected) Aspects.of(this).add(new Unprotected());
    new S3Backend(this, { ...stateBackend(environment), ...s3BackendOptions() });

    const planned = plannedNodes(environment);
    const { accountId } = new DataAwsCallerIdentity(this, 'account');
    const place = { project, environment: environment.name, region };
    const name = `${project}-${environment.name}`;

    const secrets = new Secrets(this, 'secrets', {
      ...place,
      accountId,
      production,
      spot: planned.some(({ spot }) => spot),
    });
    const { keyArn } = secrets;
    const alarms = new Alarms(this, 'alarms', { name, emails: environment.budget.alertEmails, keyArn });
    const network = new Network(this, 'network', {
      ...place,
      ...environment.network,
      egress: internetEgress(environment),
      keyArn,
      alarms,
    });
    const { firewall, identity, nodes, apiAddress } = cluster(this, {
      environment,
      name,
      planned,
      network,
      secrets,
      alarms,
    });
    const common = { environment, name, accountId, alarms, keyArn };
    const stores = data(this, { ...common, network, firewall, identity });
    const edge = hasEdge(environment)
      ? new Edge(this, 'edge', {
          name,
          accountId,
          region,
          production,
          settings: environment.edge,
          domains: environment.domains,
          network,
          firewall,
          nodes: nodes.deployed,
          alarms,
          globalAlarms: this.#globalAlarms(environment, name, alarms),
        })
      : undefined;
    outputs(this, {
      environment,
      accountId,
      nodes: nodes.deployed,
      apiAddress,
      secrets,
      data: stores,
      workloads: workloads(this, { ...common, identity, messaging: stores.messaging }),
      edge,
      operations: operations(this, { ...common, identity }),
      delivery: delivery(this, { ...common, parameterPrefix: secrets.parameterPrefix, edge }),
    });
  }
  /** CloudFront's metrics are in one region: an environment there has one topic for everything. */
  #globalAlarms({ region, budget }: Environment, name: string, own: Alarms): Alarms {
    if (region === globalRegion) return own;
    return new Alarms(this, 'global-alarms', { name, emails: budget.alertEmails, region: globalRegion });
  }
}
