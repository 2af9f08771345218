import { mistakesOf } from './mistakes-of';

describe('the project, with which every name in AWS begins', () => {
  it.each([
    ['internal', 'internal'],
    ['internal-tickets', 'internal'],
    ['aws-tickets', 'aws'],
    ['awsome', 'aws'],
    ['amazon', 'amazon'],
    ['amzn-s3-demo', 'amzn'],
    ['ssm', 'ssm'],
    ['xn--a', 'xn--'],
    ['sthree-tickets', 'sthree'],
  ])('is not %s: AWS refuses what begins so', (project, start) => {
    const lines = mistakesOf({ name: 'test', project });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      new RegExp(
        `^project: "${project}" is not allowed; allowed: a name that does not begin with "${start.replace(/-$/, '')}`,
      ),
    );
  });

  it.each(['internals', 'tickets-internal', 'tickets-aws', 'sthreed'])('may be %s', (project) => {
    expect(mistakesOf({ name: 'test', project })).toEqual([]);
  });
});
