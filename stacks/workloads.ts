import type { Construct } from 'constructs';
import type { Environment } from '../environments/schema';
import { type Workload, workloadsOf } from '../environments/workloads';
import type { Messaging } from './constructs/messaging';
import type { NodeIdentity } from './constructs/node-identity';
import { WorkloadIdentity } from './constructs/workload-identity';

export interface WorkloadsArgs {
  readonly environment: Environment;
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  readonly accountId: string;
  /** The nodes, whose servers publish the issuer's documents. */
  readonly identity: NodeIdentity;
  /** Undefined where the environment has none, and then no service may ask for any. */
  readonly messaging: Messaging | undefined;
}

/** Whom the pods of the services are in AWS, and what each may do. */
export interface Workloads {
  readonly identity: WorkloadIdentity;
  readonly services: readonly Workload[];
}

/** The issuer of the cluster's tokens, and a role for each service with what the environment grants it. */
export function workloads(scope: Construct, args: WorkloadsArgs): Workloads {
  const { environment, name, accountId, messaging } = args;
  const services = workloadsOf(environment);
  const identity = new WorkloadIdentity(scope, 'workloads', {
    name,
    accountId,
    production: environment.production,
    workloads: services,
  });
  identity.grantPublish(args.identity);
  if (messaging === undefined) return { identity, services };
  for (const { name: service, publish, send, consume } of services) {
    const role = identity.granteeOf(service);
    if (publish) messaging.grantPublish(role);
    if (send.length > 0) messaging.grantSend(role, send);
    if (consume.length > 0) messaging.grantConsume(role, consume);
  }
  return { identity, services };
}
