import { PatternError, selectHosts } from '../../provisioner/engine/pattern';
import { host } from './local-nodes';

const hosts = [
  host('prod-server-1', 'servers'),
  host('prod-general-1', 'agents', 'general'),
  host('prod-general-2', 'agents', 'general'),
  host('prod-database-1', 'agents', 'database'),
];

test.each([
  ['all', ['prod-server-1', 'prod-general-1', 'prod-general-2', 'prod-database-1']],
  ['servers', ['prod-server-1']],
  ['prod-general-?', ['prod-general-1', 'prod-general-2']],
  ['prod-*-1', ['prod-server-1', 'prod-general-1', 'prod-database-1']],
  ['database,servers', ['prod-server-1', 'prod-database-1']],
  ['agents:!general', ['prod-database-1']],
  ['!agents', ['prod-server-1']],
  ['agents:&prod-*-1', ['prod-general-1', 'prod-database-1']],
])('%s', (pattern, expected) => {
  expect(selectHosts(hosts, pattern).map(({ name }) => name)).toEqual(expected);
});

test.each(['', ' , ', 'prod-server', 'all:!nothing', 'prod.server-1'])('%j is refused', (pattern) => {
  expect(() => selectHosts(hosts, pattern)).toThrow(PatternError);
});
