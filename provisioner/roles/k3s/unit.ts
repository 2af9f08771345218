import type { Kind } from './parts';
import { paths } from './parts';

/**
 * The systemd unit. Containers outlive a restart of K3s: only its own process is stopped (`KillMode=process`), and its
 * cgroups are its own (`Delegate`).
 */
export function unitFile({ role }: Pick<Kind, 'role'>): string {
  return `# Written by stagecraft: changes made here are lost at its next run.
[Unit]
Description=Lightweight Kubernetes (${role})
Documentation=https://docs.k3s.io
Wants=network-online.target
After=network-online.target

[Service]
# A server tells systemd when its API answers.
Type=${role === 'server' ? 'notify' : 'exec'}
EnvironmentFile=-/etc/default/%N
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${paths.binary} ${role}
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
# The first start may have to fetch images and wait for other servers.
TimeoutStartSec=0
Restart=always
RestartSec=5s

[Install]
WantedBy=multi-user.target
`;
}
