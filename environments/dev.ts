import type { EnvironmentInput } from './schema';

/** Where changes are tried: one NAT instance, one server, agents on spare capacity. */
export default {
  name: 'dev',
  network: { cidr: '10.10.0.0/16', nat: 'instance' },
  servers: { count: 1, instanceType: 't3.medium' },
  nodeGroups: {
    general: { count: 2, instanceType: 't3.medium', spot: true },
  },
  budget: { monthlyUsd: 100 },
} satisfies EnvironmentInput;
