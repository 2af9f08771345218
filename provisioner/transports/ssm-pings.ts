import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import type { Host } from '../engine/play';
import { NODES_PER_COMMAND } from './ssm-limits';
import type { SsmService } from './ssm-service';
import type { Reachability } from './transport';

/** What SSM knows of an instance's agent. */
export interface Ping {
  readonly status: string;
  readonly last: Date | undefined;
}

/** The agents of up to 50 hosts, by instance id. What is not registered is not among them. */
export async function pingStatuses(
  { client }: SsmService,
  hosts: readonly Host[],
  signal: AbortSignal,
): Promise<Map<string, Ping>> {
  const statuses = new Map<string, Ping>();
  let next: string | undefined;
  do {
    const page = await client.send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values: hosts.map(({ id }) => id) }],
        MaxResults: NODES_PER_COMMAND,
        ...(next === undefined ? {} : { NextToken: next }),
      }),
      { abortSignal: signal },
    );
    for (const {
      InstanceId: id,
      PingStatus: status,
      LastPingDateTime: last,
    } of page.InstanceInformationList ?? [])
      if (id !== undefined) statuses.set(id, { status: status ?? 'unknown', last });
    next = page.NextToken;
  } while (next !== undefined);
  return statuses;
}

/** Whether a host can be reached, from what SSM knows of its agent. */
export function reachability(host: Host, ping: Ping | undefined): Reachability {
  if (ping === undefined)
    return {
      online: false,
      reason: `${host.id} is not registered with SSM: is it running, does it have its instance profile, can it reach the SSM endpoint? If it is gone from AWS for good: deploy the environment, which makes a new one, and run again`,
    };
  if (ping.status === 'Online') return { online: true };
  return {
    online: false,
    reason: `its SSM agent is ${ping.status}${ping.last === undefined ? '' : `, last heard of at ${ping.last.toISOString()}`}`,
  };
}
