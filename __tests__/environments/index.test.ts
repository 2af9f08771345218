import { environmentNames, loadEnvironment, loadEnvironments } from '../../environments';
import { plannedNodes } from '../../environments/fleet';

function nodeNames(environment: string): readonly string[] {
  return plannedNodes(loadEnvironment(environment)).map(({ name }) => name);
}

describe('the environments', () => {
  it.each(environmentNames)('%s has no mistake', (name) => {
    expect(loadEnvironment(name).name).toBe(name);
  });

  it('prod has the nodes of the original system', () => {
    expect(nodeNames('prod')).toEqual([
      'prod-server-1',
      'prod-general-1',
      'prod-general-2',
      'prod-monitoring-1',
      'prod-database-1',
    ]);
    expect(loadEnvironment('prod').production).toBe(true);
    expect(loadEnvironment('prod').nodeGroups).toMatchObject({
      monitoring: { labels: { 'node-role': 'monitoring' } },
      database: { labels: { 'node-role': 'db' } },
    });
  });

  it('dev is cheap: one NAT instance, agents on spare capacity', () => {
    const dev = loadEnvironment('dev');
    expect(dev.network.nat).toBe('instance');
    expect(Object.values(dev.nodeGroups).every(({ spot }) => spot)).toBe(true);
  });

  it('sandbox is a fleet of the shape of prod', () => {
    expect(nodeNames('sandbox')).toEqual(nodeNames('prod').map((name) => name.replace('prod', 'sandbox')));
    expect(loadEnvironment('sandbox')).toMatchObject({
      project: 'stagecraft',
      region: 'ap-northeast-2',
      accountId: '000000000000',
    });
  });

  it('answers an unknown name with the nearest valid one', () => {
    expect(() => loadEnvironment('prd')).toThrow('There is no environment "prd".\n  Did you mean "prod"?');
    expect(() => loadEnvironment('elsewhere')).toThrow('There are: dev, prod, sandbox, sandbox-ha.');
    expect(() => loadEnvironment('constructor')).toThrow('There is no environment "constructor".');
  });
});

describe('a file with a mistake', () => {
  afterEach(() => jest.dontMock('../../environments/prod'));

  function withProd<Result>(
    file: () => unknown,
    use: (environments: typeof import('../../environments')) => Result,
  ): Result {
    let result: Result | undefined;
    jest.isolateModules(() => {
      jest.doMock('../../environments/prod', file);
      result = use(require('../../environments'));
    });
    // isolateModules is synchronous: `use` has run.
    return result as Result;
  }

  function messageOf(action: () => unknown): string {
    try {
      action();
    } catch (error) {
      return String(error instanceof Error ? error.message : error);
    }
    return 'nothing was thrown';
  }

  it('does not stop the other environments', () => {
    const broken = () => ({ default: { name: 'prod' } });
    expect(withProd(broken, (environments) => environments.loadEnvironment('dev').name)).toBe('dev');
    expect(withProd(broken, (environments) => messageOf(() => environments.loadEnvironment('prod')))).toBe(
      'environments/prod.ts: 1 mistake\n  production: false is not allowed; allowed: true, for an environment called prod',
    );
  });

  it('is named when it does not load at all', () => {
    const broken = () => {
      throw new Error('Unexpected token');
    };
    expect(withProd(broken, (environments) => messageOf(() => environments.loadEnvironment('prod')))).toBe(
      'environments/prod.ts cannot be read\n  Unexpected token',
    );
  });

  it('has to have the name of its file', () => {
    const copied = () => ({ default: { name: 'staging' } });
    expect(
      withProd(copied, (environments) => messageOf(() => environments.loadEnvironment('prod'))),
    ).toContain('name: "staging" is not allowed; allowed: "prod"');
  });

  it('has to export something', () => {
    expect(
      withProd(
        () => ({}),
        (environments) => messageOf(() => environments.loadEnvironment('prod')),
      ),
    ).toContain('the environment: missing');
  });
});

it('reports the mistakes of several environments at once', () => {
  expect(() => loadEnvironments(['prd', 'dev', 'sandbx'])).toThrow(
    /2 environments have mistakes\n.*"prd"[\s\S]*"sandbx"/,
  );
});
