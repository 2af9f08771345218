import type { EnvironmentInput } from './schema';

/**
 * What the audience uses. Graviton nodes: images of the services have to be built for linux/arm64. With `nat: 'gateway'` no
 * minute of outgoing traffic is lost when a NAT instance fails, for 44 USD a month more. `servers.count: 3` makes the control
 * plane highly available.
 */
export default {
  name: 'prod',
  production: true,
  network: { cidr: '10.20.0.0/16', nat: 'instance' },
  servers: { count: 1, instanceType: 't4g.medium', arch: 'arm64' },
  nodeGroups: {
    general: { count: 2, instanceType: 't4g.large', arch: 'arm64' },
    monitoring: {
      count: 1,
      instanceType: 't4g.medium',
      arch: 'arm64',
      labels: { 'node-role': 'monitoring' },
    },
    database: { count: 1, instanceType: 't4g.medium', arch: 'arm64', labels: { 'node-role': 'db' } },
  },
  budget: { monthlyUsd: 480 },
} satisfies EnvironmentInput;
