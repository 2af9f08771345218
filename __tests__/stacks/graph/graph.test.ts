import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { awsEnvironmentNames, loadEnvironment } from '../../../environments';
import { defineEnvironment } from '../../../environments/schema';
import { registerGraph } from '../../../provisioner/cli/graph';
import { drawEnvironment, drawStack } from '../../../stacks/graph';
import { pictureOf } from '../../../stacks/graph/model';
import { resource } from '../../../stacks/terraform/configuration';
import { synthesizeEnvironment } from '../../../stacks/terraform/synthesize';
import { inProcess } from '../../cli/in-process';
import { withEverything } from './whole';

const root = resolve(__dirname, '../../..');

describe('the pictures in docs/graphs', () => {
  it.each(awsEnvironmentNames)('%s.svg shows the stack as it is', (name) => {
    const drawn = drawEnvironment(loadEnvironment(name));
    const stored = readFileSync(join(root, `docs/graphs/${name}.svg`), 'utf8');
    if (drawn !== stored) throw new Error(`docs/graphs/${name}.svg is stale: npm run graph -- --env ${name}`);
  });
});

describe('a picture', () => {
  const environment = defineEnvironment(
    {
      name: 'prod',
      production: true,
      servers: { count: 3 },
      nodeGroups: { general: { count: 2, spot: true } },
      // What `withEverything` adds.
      edge: { enabled: false },
      messaging: { enabled: false },
      backup: { enabled: false },
    },
    'test',
  );
  const network = synthesizeEnvironment(environment);
  const stack = withEverything(network);
  const svg = drawStack(stack, environment);

  it('is the same text each time', () => {
    expect(drawStack(withEverything(synthesizeEnvironment(environment)), environment)).toBe(svg);
  });

  it.each([
    'VPC 10.0.0.0/16',
    'zone ap-northeast-2a',
    'private 10.0.0.0/20',
    'prod-server-1',
    'prod-general-2',
    't3.medium, spot',
    'NAT instance',
    'Application load balancer',
    'CloudFront',
    'before CloudFront',
    'tcp 80, 443',
    'Redis replica',
    '2 topics, 1 queue',
  ])('shows %s', (text) => {
    expect(svg).toContain(`>${text}</text>`);
  });

  it('tells screen readers what it shows', () => {
    expect(svg).toContain('<title id="title">stagecraft prod</title>');
    expect(svg).toMatch(
      /<desc id="description">A VPC in ap-northeast-2 .*load-balancer to nodes on tcp 30080/,
    );
  });

  it('is for light and for dark pages', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
  });

  it('takes who may talk to whom from the security groups', () => {
    const flows = pictureOf(stack, environment).flows.map(
      ({ from, to, ports }) => `${from.name} > ${to.name}: ${ports.join(', ')}`,
    );
    expect(flows).toEqual(
      expect.arrayContaining([
        'internet > load-balancer: tcp 80, tcp 443',
        'CloudFront > load-balancer: tcp 443',
        'load-balancer > nodes: tcp 30080',
        'nodes > servers: tcp 6443',
        'servers > servers: tcp 2379–2380',
        'nodes > cache: tcp 6379',
      ]),
    );
    expect(flows.filter((flow) => flow.startsWith('internet >'))).toEqual([
      'internet > load-balancer: tcp 80, tcp 443',
    ]);
  });

  it('draws no arrow to a group that nothing is in', () => {
    const empty = resource('aws_security_group', 'empty', { name: 'stagecraft-prod-empty' });
    const rule = resource('aws_vpc_security_group_ingress_rule', 'rule', {
      security_group_id: `\${${empty.address}.id}`,
      cidr_ipv4: '0.0.0.0/0',
      ip_protocol: 'tcp',
      from_port: 22,
      to_port: 22,
    });
    const { flows } = pictureOf(network.with([...network.resources, empty, rule]), environment);
    expect(flows.some(({ to }) => to.name === 'empty')).toBe(false);
  });

  it('cannot be broken by a name', () => {
    const odd = network.resources.map((one) =>
      one.type === 'aws_vpc' ? { ...one, properties: { cidr_block: '<&"' } } : one,
    );
    expect(drawStack(network.with(odd), environment)).toContain('VPC &lt;&amp;&quot;</text>');
  });

  it('draws the nodes of a large group as one', () => {
    const large = defineEnvironment({ name: 'test', nodeGroups: { general: { count: 40 } } }, 'test');
    const drawn = drawEnvironment(large);
    expect(drawn).toContain('>20 × test-general</text>');
    expect(drawn).toContain('>test-server-1</text>');
  });
});

describe('graph', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-graph-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const graph = (...args: readonly string[]) => inProcess(registerGraph, 'graph', ...args);

  it('writes a file, in a folder that need not exist', async () => {
    const file = join(folder, 'pictures/dev.svg');
    expect(await graph('--env', 'dev', '--output', file)).toEqual({
      code: 0,
      stdout: '',
      stderr: `wrote ${file}\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe(drawEnvironment(loadEnvironment('dev')));
  });

  it('writes to standard output', async () => {
    const { code, stdout } = await graph('--env', 'dev', '--output', '-');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });

  it.each([
    ['no environment', [], 64, '--env'],
    ['an unknown environment', ['--env', 'prdo'], 64, 'Did you mean "prod"?'],
    ['the sandbox', ['--env', 'sandbox'], 64, 'no stack to draw'],
    ['a file that cannot be written', ['--env', 'dev', '--output', '/dev/null/dev.svg'], 1, '--output'],
  ])('explains %s', async (_, args, code, text) => {
    const result = await graph(...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(text);
  });
});
