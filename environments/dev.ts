import type { EnvironmentInput } from './schema';

/** Where changes are tried, on the architecture of production: one server, agents on spare capacity. */
export default {
  name: 'dev',
  network: { cidr: '10.10.0.0/16', nat: 'instance' },
  servers: { count: 1, instanceType: 't4g.medium', arch: 'arm64' },
  nodeGroups: {
    general: { count: 2, instanceType: 't4g.medium', arch: 'arm64', spot: true },
  },
  budget: { monthlyUsd: 185 },
} satisfies EnvironmentInput;
