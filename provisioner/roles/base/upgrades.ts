import type { Environment } from '../../../environments/schema';

type Upgrades = Environment['system']['unattendedUpgrades'];

/** Whether apt looks for updates and installs them, once a day. */
export function autoUpgrades({ enabled }: Upgrades): string {
  const daily = enabled ? 1 : 0;
  return `// Written by stagecraft: changes made here are lost at its next run.
APT::Periodic::Update-Package-Lists "${daily}";
APT::Periodic::Unattended-Upgrade "${daily}";
APT::Periodic::AutocleanInterval "7";
`;
}

/** What is installed by itself: security updates only. A reboot without a drain is an outage, so by default there is none. */
export function unattendedUpgrades({ reboot, rebootTime }: Upgrades): string {
  return `// Written by stagecraft: changes made here are lost at its next run.
#clear Unattended-Upgrade::Allowed-Origins;
Unattended-Upgrade::Allowed-Origins {
  "\${distro_id}:\${distro_codename}-security";
  "\${distro_id}ESMApps:\${distro_codename}-apps-security";
  "\${distro_id}ESM:\${distro_codename}-infra-security";
};
Unattended-Upgrade::Automatic-Reboot "${reboot}";
Unattended-Upgrade::Automatic-Reboot-WithUsers "${reboot}";
Unattended-Upgrade::Automatic-Reboot-Time "${rebootTime}";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
Unattended-Upgrade::Remove-Unused-Dependencies "true";
Unattended-Upgrade::SyslogEnable "true";
`;
}
