import { assertDistinctNames } from '../../environments/distinct-names';
import { defineEnvironment } from '../../environments/schema';

const environment = (name: string, input: { accountId?: string; project?: string } = {}) =>
  defineEnvironment({ name, production: name === 'prod', ...input }, `environments/${name}.ts`);
const dev = environment('dev');

it('do not begin alike, or one line names both', () => {
  expect(() => assertDistinctNames([dev, environment('prod'), environment('dev2')])).not.toThrow();
  for (const pair of [
    [dev, environment('dev-eu')],
    [environment('dev-eu'), dev],
  ])
    expect(() => assertDistinctNames(pair)).toThrow(
      /^Names of environments begin alike\.\n {2}environments\/dev-eu\.ts: name: "dev-eu" begins like dev, so that the rights of dev in AWS \(stagecraft-dev-\*\) would reach it;.*$/,
    );
});

it('count with their project, which is the start of every name', () => {
  expect(() => assertDistinctNames([dev, environment('dev-eu', { project: 'other' })])).not.toThrow();
  expect(() => assertDistinctNames([dev, environment('eu', { project: 'stagecraft-dev' })])).toThrow(
    'environments/eu.ts',
  );
});

it('may begin alike in accounts of their own', () => {
  const one = environment('dev', { accountId: '111111111111' });
  expect(() =>
    assertDistinctNames([one, environment('dev-eu', { accountId: '222222222222' })]),
  ).not.toThrow();
  expect(() => assertDistinctNames([one, environment('dev-eu', { accountId: '111111111111' })])).toThrow();
  expect(() => assertDistinctNames([one, environment('dev-eu')])).toThrow();
});
