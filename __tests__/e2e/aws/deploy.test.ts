import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { fileSource } from '../../../provisioner/inventory/file-source';
import { loadInventory } from '../../../provisioner/inventory/load-inventory';
import { Checkout, type Finished } from './checkout';
import { Emulator } from './emulator';
import { falseChangesOf } from './false-changes';
import { diagnosticsOf, type Plan, planOf } from './plan';
import { remains } from './remains';
import { awsTools } from './tools';

const tools = awsTools();
if (typeof tools === 'string') console.warn(`skipped: the stacks with the real terraform: ${tools}`);
const maybe = typeof tools === 'string' ? describe.skip : describe;

const full = readFileSync(join(__dirname, 'full.ts'), 'utf8').replace(
  '../../../environments/schema',
  './schema',
);

const environments = ['dev', 'prod', 'full'];

/** Each step stands on those before it. The provider itself waits: for queues and buckets it does so for minutes. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

maybe('the whole infrastructure, with the real terraform and the real provider', () => {
  const { python, terraform } = typeof tools === 'string' ? { python: '', terraform: {} } : tools;
  let aws: Emulator;
  let ours: Checkout;
  /** Somebody else's clone, with a cdktf.out of its own. */
  let theirs: Checkout;

  beforeAll(async () => {
    aws = await Emulator.start(python);
    const variables = { ...terraform, ...aws.variables };
    ours = new Checkout(variables);
    theirs = new Checkout(variables);
    for (const checkout of [ours, theirs]) checkout.addEnvironment('full', full);
  });
  afterAll(async () => {
    ours?.remove();
    theirs?.remove();
    await aws?.stop();
  });

  it('deploys bootstrap: the bucket of the states and the table of the locks', async () => {
    succeeded(await ours.cdktf('deploy', 'bootstrap'));
    expect(await planOf(ours, 'bootstrap')).toEqual({ changes: falseChangesOf('bootstrap'), warnings: [] });
  });

  it('deploys the environments, and stops whoever deploys dev meanwhile', async () => {
    const deployed = ours.cdktf('deploy', ...environments);
    await lockOf('dev');
    const second = await theirs.cdktf('deploy', 'dev');
    expect(second.output).toContain('Error acquiring the state lock');
    expect(second.output).toMatch(/Who: +\S+@\S+/);
    expect(second.status).not.toBe(0);
    succeeded(await deployed);
    expect(aws.faults).toEqual([]);
  });

  it.each(environments)('has nothing to change in %s, and uses nothing deprecated', async (stack) => {
    expect(await planOf(ours, stack)).toEqual({ changes: falseChangesOf(stack), warnings: [] });
    const init = await ours.terraform(stack, 'init', '-input=false', '-json');
    // Releases of Terraform that warn of the lock table are right: docs/decisions/0005-state-in-s3.md accepts that, and no more.
    expect(diagnosticsOf(init.stdout).filter((summary) => summary !== 'Deprecated Parameter')).toEqual([]);
  });

  it.each(environments)('says the inventory of %s in its outputs and in its state', async (name) => {
    const { stdout } = await ours.terraform(name, 'output', '-json');
    const fromOutputs = await loadInventory(fileSource(ours.write(`${name}.json`, stdout), name));
    const listed = await ours.stagecraft('inventory', '--env', name, '--format', 'json');
    succeeded(listed);
    expect(JSON.parse(listed.stdout)).toEqual(JSON.parse(JSON.stringify(fromOutputs)));
    expect(fromOutputs.nodes.length).toBeGreaterThan(2);
  });

  it('would replace all nodes of another architecture at once, and one by one as the runbook has it', async () => {
    const ofDev = ['dev-general-1', 'dev-general-2', 'dev-server-1'];
    const arm = (text: string) =>
      text.replaceAll(
        "instanceType: 't3.medium', arch: 'amd64'",
        "instanceType: 't4g.medium', arch: 'arm64'",
      );
    const intel = (text: string) =>
      text.replaceAll(
        "instanceType: 't4g.medium', arch: 'arm64'",
        "instanceType: 't3.medium', arch: 'amd64'",
      );
    ours.edit('environments/dev.ts', intel);
    succeeded(await ours.synth());
    expect(replacedNodes(await planOf(ours, 'dev'))).toEqual(ofDev);
    const listed = await ours.terraform('dev', 'state', 'list');
    const targets = listed.stdout.split('\n').filter((address) => /dev-general-2[-_]/.test(address));
    const plan = await planOf(ours, 'dev', ...targets.map((address) => `-target=${address}`));
    expect(replacedNodes(plan)).toEqual(['dev-general-2']);
    expect(plan.changes.filter((change) => /_attachment\..*: delete and create/.test(change))).toEqual([
      expect.stringContaining('load-balancer_dev-general-2'),
    ]);
    ours.edit('environments/dev.ts', arm);
    succeeded(await ours.synth());
  });

  it('destroys them; production refuses until it is told that it may', async () => {
    const [rest] = await Promise.all([ours.cdktf('destroy', 'dev', 'full'), destroyProduction()]);
    succeeded(rest);
    expect(aws.faults).toEqual([]);
  });

  it('leaves the store of the states, and the last snapshots of production', async () => {
    await refuses(ours, 'bootstrap');
    expect(await remains(aws, python)).toEqual([
      'ap-northeast-2 dynamodb tables stagecraft-tfstate-locks',
      'ap-northeast-2 ec2 snapshots prod-database-1-data',
      'ap-northeast-2 ec2 snapshots prod-monitoring-1-data',
      'ap-northeast-2 elasticache snapshots stagecraft-prod-redis-final',
      'global iam open_id_connect_providers arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      'global s3 buckets stagecraft-tfstate-ap-northeast-2',
    ]);
  });

  async function destroyProduction(): Promise<void> {
    expect((await theirs.cdktf('destroy', 'prod')).status).not.toBe(0);
    await refuses(theirs, 'prod');
    expect(await remains(aws, python)).toContain(
      'ap-northeast-2 elasticache replication_groups stagecraft-prod-redis',
    );
    theirs.edit('environments/prod.ts', (text) =>
      text.replace('production: true,', 'production: true,\n  unprotected: true,'),
    );
    succeeded(await theirs.cdktf('deploy', 'prod'));
    succeeded(await theirs.cdktf('destroy', 'prod'));
  }

  /** Waits until terraform holds the lock of an environment. */
  async function lockOf(name: string): Promise<void> {
    const client = new DynamoDBClient({
      endpoint: aws.endpoint,
      region: 'ap-northeast-2',
      credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
    });
    const end = Date.now() + 5 * minutes;
    while (Date.now() < end) {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: 'stagecraft-tfstate-locks' }));
      const held = Items.some(
        ({ LockID, Info }) => Info !== undefined && LockID?.S?.endsWith(`/${name}.tfstate`),
      );
      if (held) return client.destroy();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`nobody took the lock of ${name}`);
  }
});

/** Fails with what the command printed: its status alone would say nothing. */
function succeeded({ status, output }: Finished): void {
  if (status !== 0) throw new Error(`exit code ${status}:\n${output}`);
}

/** Names of the nodes that a plan makes anew. */
function replacedNodes({ changes }: Plan): readonly string[] {
  return changes
    .flatMap((change) => /^aws_instance\.nodes_(.+)_[0-9A-F]{8}: delete and create$/.exec(change)?.[1] ?? [])
    .sort();
}

/** Checks that terraform would not destroy a stack, and says why. Nothing is destroyed: it refuses before it begins. */
async function refuses(checkout: Checkout, stack: string): Promise<void> {
  const flags = ['-destroy', '-refresh=false', '-input=false', '-no-color'];
  const { status, output } = await checkout.terraform(stack, 'plan', ...flags);
  expect(output).toContain('Instance cannot be destroyed');
  expect(status).not.toBe(0);
}
