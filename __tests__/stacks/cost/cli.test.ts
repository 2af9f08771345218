import { registerCost } from '../../../provisioner/cli/cost';
import { inProcess } from '../../cli/in-process';

const cost = (...args: readonly string[]) => inProcess(registerCost, 'cost', ...args);

describe('cost', () => {
  it('shows what each resource costs, what is free, and what is assumed', async () => {
    const { code, stdout, stderr } = await cost('--env', 'prod');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^prod \(ap-northeast-2\), US dollars a month\n/);
    expect(stdout).toMatch(/^Nodes .*t4g\.large.* +\d+\.\d\d$/m);
    expect(stdout).toMatch(/ TOTAL +\d+\.\d\d$/m);
    expect(stdout).toMatch(/^Free: .*aws_iam_role/m);
    expect(stdout).toContain('stacks/cost/usage.ts');
    expect(stdout).toMatch(/^Of \d+ prices, \d+ are recalled, not looked up: \d+\.\d % of the money\./m);
  });

  it('adds up', async () => {
    const { stdout } = await cost('--env', 'dev', '--format', 'json');
    const [design] = JSON.parse(stdout).designs;
    const sum = design.items.reduce(
      (total: number, item: { monthlyUsd?: number }) => total + (item.monthlyUsd ?? 0),
      0,
    );
    expect(design.monthlyUsd).toBeCloseTo(sum);
  });

  it('gives as JSON the source and the day of every price', async () => {
    const { stdout } = await cost('--env', 'dev', '--format', 'json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ currency: 'USD', period: 'month', savings: [] });
    const charges = report.designs[0].items.flatMap((item: { charges?: unknown[] }) => item.charges ?? []);
    expect(charges.length).toBeGreaterThan(5);
    for (const charge of charges)
      expect(charge.unitPrice).toMatchObject({
        usd: expect.any(Number),
        date: expect.any(String),
        page: expect.any(String),
      });
  });

  it('puts designs side by side, with what each of them buys', async () => {
    const { code, stdout } = await cost('--compare', 'dev,prod,managed');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +dev +prod +managed$/m);
    expect(stdout).toMatch(/^control plane +K3s, \d servers? +K3s, \d servers? +EKS/m);
    expect(stdout).toMatch(/^prod is \d+\.\d % below managed/m);
    expect(stdout).toContain('Without the nodes whose work EKS and RDS take over');
  });

  it.each([
    ['nothing', [], 'Either --env or --compare'],
    ['both', ['--env', 'dev', '--compare', 'dev,prod'], 'Either --env or --compare'],
    ['an unknown environment', ['--env', 'prdo'], 'Did you mean "prod"?'],
    ['the sandbox', ['--env', 'sandbox'], 'AWS bills nothing'],
    ['an unknown format', ['--env', 'dev', '--format', 'xml'], 'table, json'],
  ])('explains %s, on standard error only, with exit code 64', async (_, args, text) => {
    const { code, stdout, stderr } = await cost(...args);
    expect(stderr).toContain(text);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  });
});
