import type { EnvironmentInput } from '../../../environments/schema';

/** An environment that asks for everything that dev and prod do without. */
export default {
  name: 'full',
  region: 'us-east-1',
  network: {
    cidr: '10.40.0.0/16',
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    nat: 'gateway-per-az',
    ssmEndpoints: true,
    ipv6: true,
  },
  servers: { count: 3, instanceType: 't4g.medium', arch: 'arm64' },
  nodeGroups: { general: { count: 1, instanceType: 't4g.large', arch: 'arm64' } },
  domains: {
    zone: 'example.com',
    site: 'full.example.com',
    aliases: ['www.example.com'],
    api: 'fullapi.example.com',
    toolsPrefix: 'full',
  },
  edge: { hostedZone: 'create', firewall: { botControl: true, allow: ['203.0.113.0/24', '2001:db8::/48'] } },
  database: { mode: 'rds', dumps: { objectLock: 'governance' } },
  redis: { engine: 'valkey', replicas: 1, shards: 2 },
  backup: { copyToRegion: 'us-west-2', vaultLock: 'governance' },
  state: { region: 'ap-northeast-2' },
  github: {
    owner: 'example',
    repositories: { 'user-service': 'user-service' },
    infrastructure: 'platform',
    frontend: 'site',
    settings: 'none',
  },
  budget: { monthlyUsd: 600, alertEmails: ['ops@example.com'] },
} satisfies EnvironmentInput;
