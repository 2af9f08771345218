import { z } from 'zod';
import type { Agent } from '../agent';
import { isOnline } from './invocation';
import type { OperationContext } from './operation';
import { page } from './paging';
import { ServiceError, validationException } from './service-error';
import { parseInput, shapes } from './validation';

const values = z.array(z.string().min(1)).min(1).max(100);

const describeInput = z.object({
  Filters: z.array(z.object({ Key: z.string().min(1), Values: values })).default([]),
  InstanceInformationFilterList: z
    .array(
      z.object({
        key: z.enum([
          'InstanceIds',
          'AgentVersion',
          'PingStatus',
          'PlatformTypes',
          'ActivationIds',
          'IamRole',
          'ResourceType',
          'AssociationStatus',
        ]),
        valueSet: values,
      }),
    )
    .default([]),
  MaxResults: z.number().int().min(5).max(50).default(50),
  NextToken: shapes.nextToken.optional(),
});

/** What the agent of the sandbox says of itself; the version is that of no release. */
const AGENT_VERSION = '3.3.0.0';
const PING_STATUSES = ['Online', 'ConnectionLost', 'Inactive'];

export function describeInstanceInformation(input: unknown, context: OperationContext): object {
  const wanted = parseInput(describeInput, input);
  if (wanted.Filters.length > 0 && wanted.InstanceInformationFilterList.length > 0)
    throw validationException('Filters and InstanceInformationFilterList exclude each other.');
  const filters = [
    ...wanted.Filters.map(({ Key, Values }) => readFilter(Key, Values)),
    ...wanted.InstanceInformationFilterList.map(({ key, valueSet }) => readFilter(key, valueSet)),
  ];
  const matching = context.agents.all().filter((agent) => filters.every((passes) => passes(agent, context)));
  const { items, nextToken } = page(matching, ({ instanceId }) => instanceId, {
    size: wanted.MaxResults,
    token: wanted.NextToken,
  });
  return {
    InstanceInformationList: items.map((agent) => shape(agent, context)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

type Passes = (agent: Agent, context: OperationContext) => boolean;

function readFilter(key: string, wanted: readonly string[]): Passes {
  switch (key) {
    case 'InstanceIds':
      requireInstanceIds(wanted);
      return (agent) => wanted.includes(agent.instanceId);
    case 'PingStatus':
      requireValues(key, wanted, PING_STATUSES);
      return (agent, context) => wanted.includes(pingStatus(agent, context));
    case 'PlatformType':
    case 'PlatformTypes':
      requireValues(key, wanted, ['Windows', 'Linux', 'MacOS']);
      return () => wanted.includes('Linux');
    case 'ResourceType':
      requireValues(key, wanted, ['EC2Instance', 'ManagedInstance']);
      return () => wanted.includes('EC2Instance');
    case 'AgentVersion':
      return () => wanted.includes(AGENT_VERSION);
    case 'ActivationIds':
    case 'AssociationStatus':
    case 'IamRole':
    case 'SourceIds':
    case 'SourceTypes':
      // Nodes of the sandbox have none of these.
      return () => false;
    case 'tag-key':
      return (agent, { agents }) => wanted.some((tag) => agents.tagsOf(agent.instanceId)[tag] !== undefined);
    default:
      return tagFilter(key, wanted);
  }
}

function tagFilter(key: string, wanted: readonly string[]): Passes {
  if (!key.startsWith('tag:'))
    throw new ServiceError('InvalidFilterKey', `The filter key ${key} is not valid.`);
  const tag = key.slice('tag:'.length);
  return (agent, { agents }) => wanted.includes(agents.tagsOf(agent.instanceId)[tag] ?? '');
}

function requireInstanceIds(wanted: readonly string[]): void {
  const wrong = wanted.filter((instanceId) => !shapes.instanceId.safeParse(instanceId).success);
  if (wrong.length > 0)
    throw new ServiceError('InvalidInstanceId', `Not an instance id: ${wrong.join(', ')}.`);
}

function requireValues(key: string, wanted: readonly string[], valid: readonly string[]): void {
  const wrong = wanted.filter((value) => !valid.includes(value));
  if (wrong.length > 0)
    throw new ServiceError(
      'InvalidInstanceInformationFilterValue',
      `Not a value of ${key}: ${wrong.join(', ')}; valid are ${valid.join(', ')}.`,
    );
}

function shape(agent: Agent, context: OperationContext): object {
  const now = context.clock.now();
  const online = pingStatus(agent, context) === 'Online';
  return {
    InstanceId: agent.instanceId,
    PingStatus: pingStatus(agent, context),
    // An agent pings every five minutes; one that is lost was last seen before that.
    LastPingDateTime: (online ? now : now - 10 * 60_000) / 1000,
    AgentVersion: AGENT_VERSION,
    IsLatestVersion: true,
    PlatformType: 'Linux',
    PlatformName: 'Ubuntu (stagecraft sandbox)',
    PlatformVersion: '24.04',
    ResourceType: 'EC2Instance',
    IPAddress: agent.ipAddress,
    ComputerName: agent.computerName,
    SourceId: agent.instanceId,
    SourceType: 'AWS::EC2::Instance',
  };
}

function pingStatus(agent: Agent, { settings }: OperationContext): 'Online' | 'ConnectionLost' {
  return isOnline(agent, settings.get()) ? 'Online' : 'ConnectionLost';
}
