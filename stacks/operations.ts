import type { Construct } from 'constructs';
import { plannedNodes } from '../environments/fleet';
import type { Environment } from '../environments/schema';
import type { Alarms } from './constructs/alarms';
import { Backup } from './constructs/backup';
import type { NodeIdentity } from './constructs/node-identity';
import { Observability } from './constructs/observability';
import { Sessions } from './constructs/sessions';

export interface OperationsArgs {
  readonly environment: Environment;
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  readonly accountId: string;
  /** Key of everything at rest (ARN). */
  readonly keyArn: string;
  /** The nodes, which write the logs of sessions. */
  readonly identity: NodeIdentity;
  readonly alarms: Alarms;
}

/** For the people who run the environment. */
export interface Operations {
  readonly sessions: Sessions;
}

/** What the people who run the environment need: sessions on its nodes, a budget, backups of its volumes. */
export function operations(scope: Construct, args: OperationsArgs): Operations {
  const { environment, identity, ...common } = args;
  const { project, production, backup, system } = environment;
  new Observability(scope, 'observability', {
    ...common,
    environment: environment.name,
    monthlyUsd: environment.budget.monthlyUsd,
  });
  if (backup.enabled) {
    new Backup(scope, 'backup', {
      ...common,
      project,
      environment: environment.name,
      production,
      settings: backup,
      timezone: system.timezone,
      volumes: plannedNodes(environment).some(({ dataGiB }) => dataGiB !== undefined),
    });
  }
  return { sessions: new Sessions(scope, 'sessions', { ...common, nodes: identity }) };
}
