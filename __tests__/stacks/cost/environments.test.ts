import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsEnvironmentNames } from '../../../environments';
import { defineEnvironment } from '../../../environments/schema';
import { estimate } from '../../../stacks/cost/estimate';
import { managedStack } from '../../../stacks/cost/managed';
import { costReport } from '../../../stacks/cost/report';
import { costTable } from '../../../stacks/cost/table';
import { usageOf } from '../../../stacks/cost/usage';
import { synthesizeEnvironment } from '../../../stacks/terraform/synthesize';

describe('the environments of the repository', () => {
  it.each(awsEnvironmentNames)('%s: every resource is priced or known to be free', (name) => {
    const [design] = costReport([name]).designs;
    const unknown = design?.items.flatMap((item) =>
      item.status === 'unknown' ? [`${item.address}: ${item.why}`] : [],
    );
    expect(unknown).toEqual([]);
    expect(design?.items.length).toBeGreaterThan(20);
  });

  it('prod costs at least 45 % less than the managed design of it, with the same nodes bought in the same way', () => {
    const { savings, designs } = costReport(['dev', 'prod', 'managed']);
    expect(designs.map(({ name }) => name)).toEqual(['dev', 'prod', 'managed']);
    expect(designs.map(({ unknown }) => unknown)).toEqual([0, 0, 0]);
    const [saving] = savings;
    expect(savings).toHaveLength(1);
    expect(saving?.percentBelow).toBeGreaterThanOrEqual(45);
    expect(designs[1]?.choices.nodes).toBe(designs[2]?.choices.nodes);
    expect(designs[1]?.choices.capacity).toMatch(/^\d+ vCPU, \d+ GiB$/);
    expect(designs[1]?.choices.capacity).toBe(designs[2]?.choices.capacity);
  });

  it('is what README shows', () => {
    const readme = readFileSync(join(__dirname, '../../../README.md'), 'utf8');
    const shown = /<!-- cost-table -->\n+```text\n([\s\S]*?)\n```/.exec(readme)?.[1];
    const [table] = costTable(costReport(['dev', 'prod', 'managed'])).split('\n\n* depends on use');
    expect(shown).toBe(table);
  });

  it('refuses what AWS does not bill, and what there is not', () => {
    expect(() => costReport(['sandbox'])).toThrow('AWS bills nothing');
    expect(() => costReport(['pord'])).toThrow('Did you mean "prod"?');
  });
});

describe('the managed design', () => {
  const environment = defineEnvironment(
    {
      name: 'prod',
      production: true,
      network: { nat: 'instance' },
      nodeGroups: { general: { count: 2, instanceType: 't3.large' }, database: { count: 1 } },
    },
    'test',
  );
  const stack = synthesizeEnvironment(environment);
  const managed = managedStack({ environment, stack, nodes: 'same' });

  it('has a cluster, repositories, a Multi-AZ database and a NAT gateway in each zone', () => {
    expect(managed.ofType('aws_eks_cluster')).toHaveLength(1);
    expect(managed.ofType('aws_ecr_repository')).toHaveLength(4);
    expect(managed.ofType('aws_nat_gateway')).toHaveLength(2);
    expect(managed.ofType('aws_eip')).toHaveLength(2);
    expect(managed.ofType('aws_db_instance')[0]?.properties).toMatchObject({
      multi_az: true,
      instance_class: 'db.t3.medium',
    });
  });

  it('keeps its data in RDS, and so has no volume for it in the cluster', () => {
    const paths = (one: typeof stack) => one.ofType('aws_ebs_volume').map(({ path }) => path);
    expect(paths(stack)).toEqual(['nodes/prod-database-1-data/volume']);
    expect(paths(managed)).toEqual([]);
  });

  it('has a way out in each zone: nothing crosses zones on its way out', () => {
    const usage = usageOf(environment);
    const crossing = (one: typeof stack) =>
      estimate({ name: 'test', region: environment.region, stack: one, usage })
        .items.flatMap((item) => (item.status === 'free' ? [] : item.charges))
        .filter(({ what }) => what === 'to other zones')
        .map(({ quantity }) => quantity);
    // One of the four nodes is not in the zone of the NAT instance; both directions of what it fetches are billed.
    expect(crossing(stack)).toEqual([usage.natGb * (1 / 4) * 2]);
    expect(crossing(managed)).toEqual([]);
  });

  it('has the nodes of the environment, and not its NAT instance', () => {
    expect(stack.ofType('aws_instance')).toHaveLength(5);
    expect(managed.ofType('aws_instance')).toHaveLength(4);
  });

  it('has no alarms of what it does without', () => {
    const alarms = (one: typeof stack) => one.ofType('aws_cloudwatch_metric_alarm').map(({ path }) => path);
    expect(alarms(stack)).toContain('alarms/nat-system');
    expect(alarms(managed).filter((path) => path.includes('/nat-'))).toEqual([]);
    expect(alarms(managed)).toContain('alarms/node-prod-database-1-system');
    const lean = managedStack({ environment, stack, nodes: 'lean' });
    expect(alarms(lean).filter((path) => /node-prod-(database|server)/.test(path))).toEqual([]);
    expect(alarms(lean)).toContain('alarms/node-prod-general-1-system');
  });

  it('has at its strictest no nodes for what EKS and RDS do', () => {
    const lean = managedStack({ environment, stack, nodes: 'lean' });
    expect(lean.ofType('aws_instance').map(({ path }) => path)).toEqual([
      'nodes/prod-general-1',
      'nodes/prod-general-2',
    ]);
  });

  it('is priced whole', () => {
    const usage = usageOf(environment);
    expect(estimate({ name: 'managed', region: environment.region, stack: managed, usage }).unknown).toBe(0);
  });
});
