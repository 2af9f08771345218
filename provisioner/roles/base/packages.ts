import type { Environment } from '../../../environments/schema';

/** What the roles need, and what the environment asks for beside it; in order, each once. */
export function packagesOf(system: Environment['system']): string[] {
  const upgrades = system.unattendedUpgrades.enabled ? ['unattended-upgrades'] : [];
  return [...new Set([...needed, ...upgrades, ...system.packages])].sort();
}

const needed = ['ca-certificates', 'chrony', 'cron', 'curl', 'logrotate', 'tzdata'];
