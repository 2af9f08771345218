import { z } from 'zod';
import { integer, text, unique } from './basics';

const account = text(/^[a-z_][a-z0-9_-]{0,31}$/, 'a Linux account such as "ubuntu"');
const path = text(/^[^\0\n]+$/, 'a path; "~/" is the home folder, others are relative to this repository');

/**
 * How `transport: ssh` gets to the nodes. What is absent here comes from `~/.ssh/config`, where a node is looked up by its
 * name in the inventory, then by its private address.
 */
export const ssh = z.strictObject({
  /** The account on the nodes. Any other than root needs sudo without a password. Absent: `User` of ~/.ssh/config, else `ubuntu`. */
  user: account.optional(),
  /** Port of sshd. Absent: `Port` of ~/.ssh/config, else 22. */
  port: integer(1, 65_535).optional(),
  /** Files of private keys. Absent: `IdentityFile` of ~/.ssh/config, else the agent's keys, then ~/.ssh/id_ed25519, id_ecdsa and id_rsa. */
  identityFiles: unique('file', z.array(path)).default([]),
  /** A file of host keys that is read before ~/.ssh/known_hosts: one that the team shares, for instance. Default: none. */
  knownHosts: path.optional(),
  /**
   * What to do about a host key that no known_hosts file has. `yes` refuses the node; `accept-new` trusts and keeps it at the
   * first connection. A key that has changed is always refused. Default: `yes`.
   */
  strictHostKeyChecking: z.enum(['yes', 'accept-new']).default('yes'),
  /** Hosts to go through, as in ssh_config(5): `[user@]host[:port]`, several separated by commas; `none` for no host. Absent: `ProxyJump` of ~/.ssh/config. */
  proxyJump: text(
    /^(none|([a-z_][a-z0-9_-]*@)?[A-Za-z0-9._-]+(:\d{1,5})?(,([a-z_][a-z0-9_-]*@)?[A-Za-z0-9._-]+(:\d{1,5})?)*)$/,
    'jump hosts such as "ubuntu@bastion.example.com:2222", separated by commas, or "none"',
  ).optional(),
});

export type SshSettings = z.output<typeof ssh>;
