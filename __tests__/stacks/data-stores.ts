import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { TerraformStack, Testing } from 'cdktf';
import type { Construct } from 'constructs';
import { internetEgress } from '../../environments/egress';
import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { useAws } from '../../stacks/aws-provider';
import { Alarms } from '../../stacks/constructs/alarms';
import { Backup } from '../../stacks/constructs/backup';
import { Cache } from '../../stacks/constructs/cache';
import { Database } from '../../stacks/constructs/database';
import { Messaging } from '../../stacks/constructs/messaging';
import { NodeFirewall } from '../../stacks/constructs/node-firewall';
import { NodeIdentity } from '../../stacks/constructs/node-identity';
import { Secrets } from '../../stacks/constructs/secrets';

/** A stack of the data stores of an environment, and as much around them as they need. */
export class DataStores extends TerraformStack {
  readonly cache: Cache;
  readonly database: Database;
  readonly messaging: Messaging;
  readonly backup: Backup;
  readonly nodes: NodeIdentity;

  constructor(scope: Construct, input: Partial<EnvironmentInput> = {}) {
    super(scope, 'data');
    const environment = defineEnvironment({ name: 'test', ...input }, 'test');
    const { project, region, production, name: environmentName } = environment;
    const name = `${project}-${environmentName}`;
    useAws(this, { region, tags: { project, environment: environmentName, costCentre: 'test' } });
    const { accountId } = new DataAwsCallerIdentity(this, 'account');
    const place = { project, environment: environmentName, region };
    const { keyArn } = new Secrets(this, 'secrets', { ...place, accountId, production, spot: false });
    const vpcId = new Vpc(this, 'vpc', { cidrBlock: '10.0.0.0/16' }).id;
    const subnetIds = ['a', 'b'].map(
      (zone, index) =>
        new Subnet(this, `data-${zone}`, {
          vpcId,
          cidrBlock: `10.0.${index}.0/24`,
          availabilityZone: `${region}${zone}`,
        }).id,
    );
    const firewall = new NodeFirewall(this, 'firewall', {
      name,
      vpcId,
      highlyAvailable: false,
      flannelBackend: 'vxlan',
      egress: internetEgress(environment),
      ipv6: false,
    });
    const alarms = new Alarms(this, 'alarms', { name, emails: [] });
    const common = { name, keyArn, production, alarms };
    const inside = { ...common, vpcId, subnetIds, firewall };
    this.nodes = new NodeIdentity(this, 'identity', { name: `${name}-node` });
    this.cache = new Cache(this, 'cache', { ...inside, settings: environment.redis });
    this.database = new Database(this, 'database', {
      ...inside,
      accountId,
      settings: environment.database,
    });
    this.messaging = new Messaging(this, 'messaging', { name, alarms, settings: environment.messaging });
    this.backup = new Backup(this, 'backup', {
      ...common,
      ...place,
      accountId,
      settings: environment.backup,
      timezone: environment.system.timezone,
    });
  }
}

/** Terraform JSON of the data stores. @param use what else happens to them, such as grants */
export function dataStores(
  input: Partial<EnvironmentInput> = {},
  use: (stack: DataStores) => void = () => undefined,
): string {
  const stack = new DataStores(Testing.app(), input);
  use(stack);
  return Testing.synth(stack, true);
}
