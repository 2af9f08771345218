import type { Role } from '../../engine/task';
import type { RoleContext } from '../context';
import { binaryTasks } from './binary';
import { certificateTasks } from './certificates';
import { auditPolicyTasks, configTasks, registryTasks } from './config-files';
import { imageTasks } from './images';
import { issuerTasks } from './issuer';
import { foundingTasks, joinTasks } from './join';
import { nodeMetadataTasks } from './node-metadata';
import { agent, type Kind, server } from './parts';
import { readyTasks, serviceTasks, unitTasks } from './service';
import { snapshotTasks } from './snapshots';
import { sqliteBackupTasks } from './sqlite-backup';
import { tokenTasks } from './token-file';
import { upgradeTasks } from './upgrade';

/** The control plane: one server at a time. */
export const k3sServer: Role<RoleContext> = {
  name: 'k3s',
  tasks: (context) => [
    ...imageTasks(context, server),
    // Before the upgrade, which takes one.
    ...sqliteBackupTasks(context),
    ...upgradeTasks(context, server),
    ...binaryTasks(context, server),
    ...tokenTasks(context, server),
    ...auditPolicyTasks(server),
    ...runTasks(context, server),
    ...snapshotTasks(context),
  ],
};

/** The nodes that run the workloads. They need a server that answers. */
export const k3sAgent: Role<RoleContext> = {
  name: 'k3s',
  tasks: (context) => [
    ...imageTasks(context, agent),
    ...upgradeTasks(context, agent),
    ...binaryTasks(context, agent),
    ...tokenTasks(context, agent),
    ...runTasks(context, agent),
  ],
};

/**
 * What is done once for the whole cluster, when all of its nodes are there: what it says of them, and what everybody is told
 * of its tokens. Runs on the servers; the first does it.
 */
export const k3sNodes: Role<RoleContext> = {
  name: 'k3s',
  tasks: (context) => [...nodeMetadataTasks(context), ...issuerTasks(context)],
};

function runTasks(context: RoleContext, kind: Kind) {
  return [
    ...joinTasks(context, kind),
    ...registryTasks(context, kind),
    ...configTasks(context, kind),
    ...unitTasks(kind),
    ...foundingTasks(context, kind),
    ...serviceTasks(kind),
    ...certificateTasks(kind),
    ...readyTasks(context, kind),
  ];
}
