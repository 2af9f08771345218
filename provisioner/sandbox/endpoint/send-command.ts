import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Agent } from '../agent';
import { readDocument } from './document';
import { isOnline } from './invocation';
import type { OperationContext } from './operation';
import { invalidCommandId, invalidInstanceId, ServiceError } from './service-error';
import { parseInput, shapes } from './validation';
import { commandShape } from './views';

/** Seconds in which a command has to be delivered when the request doesn't say. */
const DEFAULT_TIMEOUT_SECONDS = 3600;

const target = z.object({
  Key: z
    .string()
    .min(1)
    .max(163)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=\-@]*$/u)
    .optional(),
  Values: z.array(z.string()).max(50).optional(),
});

const sendInput = z.object({
  InstanceIds: z.array(shapes.instanceId).max(50).default([]),
  Targets: z.array(target).max(5).default([]),
  DocumentName: z.string().regex(/^[a-zA-Z0-9_\-.:/]{3,128}$/),
  DocumentVersion: z
    .string()
    .regex(/^([$]LATEST|[$]DEFAULT|[1-9][0-9]*)$/)
    .optional(),
  TimeoutSeconds: z.number().int().min(30).max(2_592_000).default(DEFAULT_TIMEOUT_SECONDS),
  Comment: z.string().max(100).default(''),
  Parameters: z.record(z.string(), z.array(z.string())).default({}),
  OutputS3BucketName: z.string().min(3).max(63).optional(),
  MaxConcurrency: z
    .string()
    .max(7)
    .regex(/^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$/)
    .default('50'),
  MaxErrors: z
    .string()
    .max(7)
    .regex(/^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$/)
    .default('0'),
  ServiceRoleArn: z.string().optional(),
  NotificationConfig: z.object({ NotificationArn: z.string().optional() }).optional(),
});

const cancelInput = z.object({
  CommandId: shapes.commandId,
  InstanceIds: z.array(shapes.instanceId).max(50).default([]),
});

type SendInput = z.output<typeof sendInput>;
type Target = z.output<typeof target>;

export function sendCommand(input: unknown, context: OperationContext): object {
  const wanted = parseInput(sendInput, input);
  const script = readDocument(wanted.DocumentName, wanted.DocumentVersion, wanted.Parameters, (name) =>
    plainValue(name, context),
  );
  refuseWhatIsNotThere(wanted);
  const agents = chosenAgents(wanted, context);
  const command = context.commands.send(
    {
      commandId: randomUUID(),
      documentVersion: wanted.DocumentVersion ?? '$DEFAULT',
      comment: wanted.Comment,
      parameters: wanted.Parameters,
      script,
      instanceIds: wanted.InstanceIds,
      targets: wanted.Targets,
      timeoutSeconds: wanted.TimeoutSeconds,
      maxConcurrency: wanted.MaxConcurrency,
      maxErrors: wanted.MaxErrors,
      requestedAt: context.clock.now(),
    },
    agents,
  );
  return { Command: commandShape(command) };
}

export function cancelCommand(input: unknown, { commands, accountId }: OperationContext): object {
  const wanted = parseInput(cancelInput, input);
  const command = commands.find(wanted.CommandId);
  if (command === undefined) throw invalidCommandId();
  requireDistinct(wanted.InstanceIds);
  const known = new Set(command.invocations.map(({ instanceId }) => instanceId));
  const strangers = wanted.InstanceIds.filter((instanceId) => !known.has(instanceId));
  if (strangers.length > 0) throw invalidInstanceId(strangers, accountId);
  command.cancel(wanted.InstanceIds);
  return {};
}

function plainValue(name: string, { parameters }: OperationContext): string | undefined {
  const parameter = parameters.get(name);
  return parameter?.type === 'SecureString' ? undefined : parameter?.versions.at(-1)?.value;
}

/** The sandbox has no S3, no SNS and no IAM: what a request names there can't exist. */
function refuseWhatIsNotThere(wanted: SendInput): void {
  if (wanted.OutputS3BucketName !== undefined)
    throw new ServiceError(
      'InvalidOutputFolder',
      `The bucket ${wanted.OutputS3BucketName} does not exist: the sandbox has no S3.`,
    );
  if ((wanted.NotificationConfig?.NotificationArn ?? '') !== '')
    throw new ServiceError('InvalidNotificationConfig', 'The topic does not exist: the sandbox has no SNS.');
  if ((wanted.ServiceRoleArn ?? '') !== '')
    throw new ServiceError('InvalidRole', 'The role does not exist: the sandbox has no IAM.');
}

function chosenAgents(wanted: SendInput, context: OperationContext): readonly Agent[] {
  if (wanted.InstanceIds.length > 0 && wanted.Targets.length > 0)
    throw new ServiceError('InvalidParameters', 'InstanceIds and Targets exclude each other.');
  if (wanted.InstanceIds.length > 0) return agentsById(wanted.InstanceIds, context);
  if (wanted.Targets.length === 0)
    throw new ServiceError('InvalidInstanceId', 'Either InstanceIds or Targets has to name instances.');
  return wanted.Targets.map((one) => agentsOf(one, context)).reduce((left, right) =>
    left.filter((agent) => right.includes(agent)),
  );
}

function agentsOf({ Key = '', Values = [] }: Target, context: OperationContext): readonly Agent[] {
  if (Key.toLowerCase() === 'instanceids') return agentsById(Values, context);
  if (!Key.startsWith('tag:') && Key !== 'tag-key')
    throw new ServiceError(
      'InvalidParameters',
      `The target key ${Key} is not one of InstanceIds, tag:<key>, tag-key.`,
    );
  return context.agents.all().filter((agent) => {
    const tags = context.agents.tagsOf(agent.instanceId);
    if (Key === 'tag-key') return Values.some((key) => tags[key] !== undefined);
    const value = tags[Key.slice('tag:'.length)];
    return value !== undefined && (Values.length === 0 || Values.includes(value));
  });
}

function agentsById(instanceIds: readonly string[], context: OperationContext): readonly Agent[] {
  requireDistinct(instanceIds);
  const online = new Map(
    context.agents
      .all()
      .filter((agent) => isOnline(agent, context.settings.get()))
      .map((agent) => [agent.instanceId, agent]),
  );
  const lost = instanceIds.filter((instanceId) => !online.has(instanceId));
  if (lost.length > 0) throw invalidInstanceId(lost, context.accountId);
  return instanceIds.flatMap((instanceId) => online.get(instanceId) ?? []);
}

function requireDistinct(instanceIds: readonly string[]): void {
  if (new Set(instanceIds).size < instanceIds.length)
    throw new ServiceError('DuplicateInstanceId', 'An instance id is named more than once.');
}
