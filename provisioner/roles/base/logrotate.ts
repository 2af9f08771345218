import type { Environment } from '../../../environments/schema';

/** The defaults of all files in /etc/logrotate.d. `maxsize` holds for those too that set their own interval. */
export function logrotateConf({ maxSizeMiB, keep }: Environment['system']['logrotate']): string {
  return `# Written by stagecraft: changes made here are lost at its next run.
daily
maxsize ${maxSizeMiB}M
rotate ${keep}
compress
delaycompress
missingok
notifempty
create
# Ubuntu's own: /var/log belongs to the group syslog.
su root adm
include /etc/logrotate.d
`;
}

/** A size limit means little when it is looked at once a day. */
export const logrotateTimer = `# Written by stagecraft: changes made here are lost at its next run.
[Timer]
OnCalendar=
OnCalendar=hourly
AccuracySec=10m
RandomizedDelaySec=10m
`;
