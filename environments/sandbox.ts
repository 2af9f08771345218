import type { EnvironmentInput } from './schema';

/** A fleet of the shape of production on this machine: no AWS account, no network. */
export default {
  name: 'sandbox',
  accountId: '000000000000',
  servers: { count: 1 },
  nodeGroups: {
    general: { count: 2 },
    monitoring: { count: 1, labels: { 'node-role': 'monitoring' } },
    database: { count: 1, labels: { 'node-role': 'db' } },
  },
} satisfies EnvironmentInput;
