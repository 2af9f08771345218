import { assertDisjointNetworks } from '../../environments/networks';
import { defineEnvironment } from '../../environments/schema';

const environment = (name: string, network: object) =>
  defineEnvironment({ name, production: name === 'prod', network }, `environments/${name}.ts`);
const prod = environment('prod', { cidr: '10.20.0.0/16' });

it('are disjoint, or one line names both', () => {
  expect(() => assertDisjointNetworks([environment('dev', { cidr: '10.10.0.0/16' }), prod])).not.toThrow();
  for (const cidr of ['10.20.0.0/16', '10.20.64.0/18'])
    expect(() => assertDisjointNetworks([prod, environment('dev', { cidr })])).toThrow(
      `environments/dev.ts: network.cidr: "${cidr}" overlaps that of prod (10.20.0.0/16)`,
    );
});

it('tell of every pair', () => {
  const same = ['dev', 'test', 'prod'].map((name) => environment(name, {}));
  expect(() => assertDisjointNetworks(same)).toThrow(/(overlaps that of[^\n]*\n?.*){3}/);
});

it('may overlap where they are never to be connected', () => {
  const alone = environment('dev', { cidr: '10.20.0.0/16', standalone: true });
  expect(() => assertDisjointNetworks([prod, alone])).not.toThrow();
});
