import type { EnvironmentInput } from './schema';

/** Three servers and four agents over three zones on this machine: where high availability and upgrades are tried. */
export default {
  name: 'sandbox-ha',
  accountId: '000000000000',
  network: { availabilityZones: ['ap-northeast-2a', 'ap-northeast-2b', 'ap-northeast-2c'] },
  servers: { count: 3 },
  nodeGroups: {
    general: { count: 3 },
    database: { count: 1, labels: { 'node-role': 'db' } },
  },
} satisfies EnvironmentInput;
