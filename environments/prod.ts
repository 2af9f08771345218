import type { EnvironmentInput } from './schema';

/** What the audience uses. `servers.count: 3` makes the control plane highly available. */
export default {
  name: 'prod',
  production: true,
  network: { cidr: '10.20.0.0/16', nat: 'gateway' },
  servers: { count: 1, instanceType: 't3.medium' },
  nodeGroups: {
    general: { count: 2, instanceType: 't3.large' },
    monitoring: { count: 1, instanceType: 't3.medium', labels: { 'node-role': 'monitoring' } },
    database: { count: 1, instanceType: 't3.medium', labels: { 'node-role': 'db' } },
  },
  budget: { monthlyUsd: 400 },
} satisfies EnvironmentInput;
