import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { TerraformStack, Testing } from 'cdktf';
import { internetEgress } from '../../environments/egress';
import { plannedNodes } from '../../environments/fleet';
import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { useAws } from '../../stacks/aws-provider';
import { Alarms } from '../../stacks/constructs/alarms';
import { Edge } from '../../stacks/constructs/edge';
import { globalRegion } from '../../stacks/constructs/global-region';
import type { Grantee } from '../../stacks/constructs/grantee';
import { Network } from '../../stacks/constructs/network';
import { NodeFirewall } from '../../stacks/constructs/node-firewall';

/** Hosts as the original site has them. */
export const domains = {
  zone: 'example.com',
  site: 'example.com',
  aliases: ['www.example.com'],
  api: 'api.example.com',
};

/** Terraform JSON of a stack that has the edge of an environment and what the edge needs, and nothing else. */
export function edgeStack(input: Partial<EnvironmentInput> = {}, use?: (edge: Edge) => void): string {
  const environment = defineEnvironment({ name: 'test', ...input }, 'test');
  const stack = new TerraformStack(Testing.app(), environment.name);
  const { project, region, production } = environment;
  useAws(stack, { region, tags: { project, environment: environment.name, costCentre: 'test' } });
  const name = `${project}-${environment.name}`;
  const network = new Network(stack, 'network', {
    project,
    environment: environment.name,
    region,
    ...environment.network,
    egress: internetEgress(environment),
    flowLogs: { traffic: 'none', days: 1 },
    keyArn: 'arn:aws:kms:ap-northeast-2:123456789012:key/test',
  });
  const edge = new Edge(stack, 'edge', {
    name,
    accountId: new DataAwsCallerIdentity(stack, 'account').accountId,
    region,
    production,
    settings: environment.edge,
    domains: environment.domains,
    network,
    firewall: new NodeFirewall(stack, 'firewall', {
      name,
      vpcId: network.vpcId,
      highlyAvailable: false,
      flannelBackend: 'vxlan',
      egress: internetEgress(environment),
      ipv6: false,
    }),
    nodes: plannedNodes(environment).map((planned) => ({ planned, instanceId: `i-${planned.name}` })),
    alarms: new Alarms(stack, 'alarms', { name, emails: [] }),
    globalAlarms: new Alarms(stack, 'global-alarms', { name, emails: [], region: globalRegion }),
  });
  use?.(edge);
  return Testing.synth(stack, true);
}

/** Someone who takes grants, and remembers them. */
export class Remembering implements Grantee {
  readonly statements: Parameters<Grantee['addPolicy']>[1][number][] = [];

  addPolicy(_id: string, statements: Parameters<Grantee['addPolicy']>[1]): void {
    this.statements.push(...statements);
  }
}
