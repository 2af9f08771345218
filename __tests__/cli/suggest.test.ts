import { nearest, suggestion } from '../../provisioner/cli/suggest';

const environments = ['dev', 'prod', 'sandbox'];

describe('nearest', () => {
  it.each([
    ['prd', 'prod'],
    ['PROD', 'prod'],
    ['porD', 'prod'],
    ['sanbdox', 'sandbox'],
    ['devv', 'dev'],
    ['sand', 'sandbox'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearest(typed, environments)).toBe(meant);
  });

  it.each(['staging', '', 'x', 'prod-eu-west'])('has no guess for %j', (typed) => {
    expect(nearest(typed, environments)).toBeUndefined();
  });

  it('does not complete what two names begin with', () => {
    expect(nearest('serve', ['server-alpha', 'server-beta'])).toBeUndefined();
  });

  it('prefers the earlier of two that are equally near', () => {
    expect(nearest('tast', ['task', 'test'])).toBe('task');
  });
});

describe('suggestion', () => {
  it('names the nearest, else all that there are', () => {
    expect(suggestion('prdo', environments)).toBe("Did you mean 'prod'?");
    expect(suggestion('staging', environments)).toBe('There are: dev, prod, sandbox.');
    expect(suggestion('x', [])).toBe('There are none.');
  });
});
