import type { EnvironmentInput } from '../../environments/schema';

/** A whole further environment, as somebody would add it: highly available, managed database, host names of its own. */
export default {
  name: 'staging',
  region: 'us-east-1',
  network: {
    cidr: '10.30.0.0/16',
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    nat: 'gateway-per-az',
    ssmEndpoints: true,
    ipv6: true,
  },
  servers: { count: 3, instanceType: 't4g.medium', arch: 'arm64' },
  nodeGroups: {
    general: { count: 3, instanceType: 't4g.large', arch: 'arm64', spot: true },
    monitoring: { count: 1, instanceType: 't4g.medium', arch: 'arm64' },
  },
  domains: {
    zone: 'example.com',
    site: 'staging.example.com',
    api: 'stagingapi.example.com',
    toolsPrefix: 'staging',
  },
  edge: { hostedZone: 'create', firewall: { botControl: true } },
  database: { mode: 'rds', dumps: { objectLock: 'governance' } },
  redis: { engine: 'valkey', replicas: 1 },
  backup: { copyToRegion: 'us-west-2', vaultLock: 'governance' },
  k3s: { flannelBackend: 'wireguard-native' },
  state: { region: 'ap-northeast-2' },
  budget: { monthlyUsd: 600, alertEmails: ['ops@example.com'] },
} satisfies EnvironmentInput;
