import { EnvironmentError } from '../../environments/errors';
import { defineEnvironment } from '../../environments/schema';
import { mistakesOf } from './mistakes-of';

const valid = { name: 'test' };

describe('a wrong environment', () => {
  it.each<[string, unknown, string]>([
    ['a misspelt setting', { ...valid, databse: {} }, 'databse: unknown setting; did you mean "database"?'],
    [
      'a misspelt nested setting',
      { ...valid, nodeGroups: { general: { instnaceType: 't3.large' } } },
      'nodeGroups.general.instnaceType: unknown setting; did you mean "instanceType"?',
    ],
    [
      'a setting of a list element',
      { ...valid, servers: { taints: [{ key: 'a', effect: 'PreferNoSchedule', efect: 'x' }] } },
      'servers.taints[0].efect: unknown setting; did you mean "effect"?',
    ],
    [
      'a misspelt choice',
      { ...valid, network: { nat: 'gatway' } },
      'network.nat: "gatway" is not allowed; allowed: one of "instance", "gateway", "gateway-per-az"; did you mean "gateway"?',
    ],
    [
      'a missing value',
      {},
      'name: missing; give up to 11 lower-case letters, digits and inner hyphens, a letter first',
    ],
    [
      'a number out of bounds',
      { ...valid, monitoring: { retentionDays: 0 } },
      'monitoring.retentionDays: 0 is not allowed; allowed: a whole number from 1 to 365 (days)',
    ],
    [
      'a fraction',
      { ...valid, servers: { diskGiB: 20.5 } },
      'servers.diskGiB: 20.5 is not allowed; allowed: a whole number from 8 to 16384 (GiB)',
    ],
    [
      'a number in quotes',
      { ...valid, servers: { count: '3' } },
      'servers.count: "3" is not allowed; allowed: a whole number from 1 to 7',
    ],
    [
      'an account without its leading zeros',
      { ...valid, accountId: 123_456 },
      'accountId: 123456 is not allowed; allowed: an AWS account id: twelve digits, in quotes',
    ],
    [
      'a value under a name with dots',
      { ...valid, k3s: { registryMirrors: { 'docker.io': ['nonsense'] } } },
      'k3s.registryMirrors["docker.io"][0]: "nonsense" is not allowed; allowed: a URL such as "https://mirror.example.com"',
    ],
    [
      'a release that is none',
      { ...valid, k3s: { version: '1.34' } },
      'k3s.version: "1.34" is not allowed; allowed: a K3s release such as "v1.34.4+k3s1"',
    ],
    [
      'a switch that is none',
      { ...valid, production: 'yes' },
      'production: "yes" is not allowed; allowed: true or false',
    ],
    [
      'settings that are a list',
      { ...valid, servers: [] },
      'servers: [] is not allowed; allowed: settings in braces',
    ],
    ['null', { ...valid, budget: null }, 'budget: null is not allowed; allowed: settings in braces'],
    [
      'a budget of text',
      { ...valid, budget: { monthlyUsd: 'lots' } },
      'budget.monthlyUsd: "lots" is not allowed; allowed: a number from 1 to 1000000 (USD a month)',
    ],
  ])('says in one line what is wrong: %s', (_, input, line) => {
    expect(mistakesOf(input)).toEqual([line]);
  });

  it('has one line for each mistake, below the name of the file', () => {
    const error = catchError({
      name: 'Test',
      network: { nat: 'none' },
      k3s: { version: 'latest' },
      regoin: 'x',
    });
    expect(error).toBeInstanceOf(EnvironmentError);
    const [heading, ...lines] = error.message.split('\n');
    expect(heading).toBe('environments/test.ts: 4 mistakes');
    expect(lines.map((line) => line.trim())).toEqual(error.problems);
    expect(error.problems.map((problem) => problem.split(':')[0])).toEqual([
      'name',
      'network.nat',
      'k3s.version',
      'regoin',
    ]);
  });

  it('relates what is right even where something else is wrong', () => {
    expect(mistakesOf({ name: 'Test', network: { cidr: '10.42.0.0/16' } })).toEqual([
      expect.stringMatching(/^name: /),
      'k3s.podCidr: "10.42.0.0/16" is not allowed; allowed: a block that does not overlap network.cidr (10.42.0.0/16)',
    ]);
  });

  it.each([
    undefined,
    null,
    42,
    'prod',
    true,
    [],
    [{}],
    () => 1,
    Symbol('x'),
    new Map(),
    10n,
    { name: Number.NaN },
  ])('is a readable error whatever its shape: %p', (input) => {
    const error = catchError(input);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) expect(problem).not.toContain('\n');
  });

  it('shortens a value that would hide the rest of its line', () => {
    const [line] = mistakesOf({ ...valid, region: 'x'.repeat(500) });
    expect(line?.length).toBeLessThan(200);
    expect(line).toContain('…');
  });
});

function catchError(input: unknown): EnvironmentError {
  try {
    defineEnvironment(input, 'environments/test.ts');
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}
