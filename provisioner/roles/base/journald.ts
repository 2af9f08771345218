import type { Environment } from '../../../environments/schema';

/** The journal survives reboots and stays within bounds. */
export function journaldConf({ maxSizeMiB, maxAgeDays }: Environment['system']['journald']): string {
  return `# Written by stagecraft: changes made here are lost at its next run.
[Journal]
Storage=persistent
Compress=yes
SystemMaxUse=${maxSizeMiB}M
RuntimeMaxUse=${Math.min(maxSizeMiB, 100)}M
MaxRetentionSec=${maxAgeDays}day
`;
}
