import type { Environment } from '../../../environments/schema';

/**
 * Time from one source. The Amazon Time Sync Service smears leap seconds, so no leap second table is used with it and it
 * isn't mixed with other sources (EC2 user guide, "Set the time for your instance"). The node serves no time itself.
 */
export function chronyConf({ ntpServer }: Environment['system']): string {
  return `# Written by stagecraft: changes made here are lost at its next run.
server ${ntpServer} prefer iburst minpoll 4 maxpoll 4
driftfile /var/lib/chrony/chrony.drift
logdir /var/log/chrony
# A clock that is more than a second off is set at once during the first three updates, later it is only slewed.
makestep 1.0 3
maxupdateskew 100.0
rtcsync
# Neither an NTP server nor remote control.
port 0
cmdport 0
`;
}
