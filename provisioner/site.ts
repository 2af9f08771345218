import type { Play } from './engine/play';
import { base } from './roles/base';
import type { RoleContext } from './roles/context';
import { dataVolume } from './roles/data-volume';
import { k3sAgent, k3sNodes, k3sServer } from './roles/k3s';
import { k3sDisruption } from './roles/k3s/disruption';
import { k3sTokenPrerequisite } from './roles/k3s/token';
import { redis } from './roles/redis';
import { redisPasswordPrerequisites } from './roles/redis/password';
import { spotNotice } from './roles/spot-notice';
import type { SecretStore } from './secrets/store';

/** What the plays need outside the nodes. */
export interface SiteDependencies {
  readonly secrets: SecretStore;
}

/** The whole site: which roles run where, in this order. */
export function site({ secrets }: SiteDependencies): Play<RoleContext>[] {
  return [
    {
      name: 'base',
      hosts: 'all',
      roles: [base, dataVolume],
      disruption: (context) => k3sDisruption(context),
    },
    {
      name: 'k3s servers',
      hosts: 'servers',
      roles: [k3sServer],
      // Members join etcd one at a time, and a restart must leave it a majority.
      serial: 1,
      anyErrorsFatal: true,
      disruption: upgrade,
      prerequisites: (context) => [k3sTokenPrerequisite(context, secrets)],
    },
    // All at once, but for an upgrade: that is one node at a time, after every server.
    { name: 'k3s agents', hosts: 'agents', roles: [k3sAgent, spotNotice], disruption: upgrade },
    {
      name: 'k3s nodes',
      hosts: 'servers',
      // The cache's password does not need the cluster: it is here because it costs no round trip of its own.
      roles: [k3sNodes, redis],
      prerequisites: (context) => redisPasswordPrerequisites(context, secrets),
    },
  ];
}

/** A node whose release was exchanged is in service again when it is Ready with the new one. */
function upgrade(context: RoleContext) {
  return k3sDisruption(context, context.environment.k3s.version);
}
