import { z } from 'zod';
import type { Command } from './command';
import { DOCUMENT_NAME, PLUGIN_NAME } from './document';
import type { Invocation } from './invocation';
import type { OperationContext } from './operation';
import { page } from './paging';
import { invalidCommandId, ServiceError, validationException } from './service-error';
import { parseInput, shapes } from './validation';
import { commandShape, invocationShape, pluginInvocationShape } from './views';

const filter = z.object({
  key: z.enum(['InvokedAfter', 'InvokedBefore', 'Status', 'ExecutionStage', 'DocumentName']),
  value: z.string().min(1).max(128),
});

const listInput = z.object({
  CommandId: shapes.commandId.optional(),
  InstanceId: shapes.instanceId.optional(),
  MaxResults: shapes.commandMaxResults.default(50),
  NextToken: shapes.nextToken.optional(),
  Filters: z.array(filter).min(1).max(5).default([]),
});
const listInvocationsInput = listInput.extend({ Details: z.boolean().default(false) });

const getInput = z.object({
  CommandId: shapes.commandId,
  InstanceId: shapes.instanceId,
  PluginName: z.string().min(4).optional(),
});

type Filter = z.output<typeof filter>;

/** What filters look at, of a command or of one of its invocations. */
interface Filtered {
  readonly requestedAt: number;
  readonly status: string;
  readonly done: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function getCommandInvocation(input: unknown, { commands }: OperationContext): object {
  const wanted = parseInput(getInput, input);
  requireUuid(wanted.CommandId);
  const command = commands.find(wanted.CommandId);
  const invocation = command?.invocations.find(({ instanceId }) => instanceId === wanted.InstanceId);
  if (command === undefined || invocation === undefined || invocation.dropped || !commands.isVisible(command))
    throw new ServiceError('InvocationDoesNotExist', '');
  if (wanted.PluginName !== undefined && wanted.PluginName !== PLUGIN_NAME)
    throw new ServiceError('InvalidPluginName', `The document has no plugin ${wanted.PluginName}.`);
  return pluginInvocationShape(command, invocation);
}

export function listCommands(input: unknown, { commands }: OperationContext): object {
  const wanted = parseInput(listInput, input);
  requireUuid(wanted.CommandId);
  const matching = commands
    .visible()
    .filter((command) => isAbout(command, wanted.CommandId))
    .filter(
      ({ invocations }) =>
        wanted.InstanceId === undefined || invocations.some((one) => isOn(one, wanted.InstanceId)),
    )
    .filter((command) => wanted.Filters.every((one) => passes(facts(command, command), one)));
  const { items, nextToken } = page(matching, ({ request }) => request.commandId, paging(wanted));
  return { Commands: items.map(commandShape), ...tokenMember(nextToken) };
}

export function listCommandInvocations(input: unknown, { commands }: OperationContext): object {
  const wanted = parseInput(listInvocationsInput, input);
  requireUuid(wanted.CommandId);
  const matching = commands
    .visible()
    .filter((command) => isAbout(command, wanted.CommandId))
    .flatMap((command) => command.invocations.map((invocation) => ({ command, invocation })))
    .filter(({ invocation }) => !invocation.dropped && isOn(invocation, wanted.InstanceId))
    .filter(({ command, invocation }) =>
      wanted.Filters.every((one) => passes(facts(command, invocation), one)),
    );
  const { items, nextToken } = page(
    matching,
    ({ command, invocation }) => `${command.request.commandId} ${invocation.instanceId}`,
    paging(wanted),
  );
  return {
    CommandInvocations: items.map(({ command, invocation }) =>
      invocationShape(command, invocation, wanted.Details),
    ),
    ...tokenMember(nextToken),
  };
}

function requireUuid(commandId: string | undefined): void {
  if (commandId !== undefined && !UUID.test(commandId)) throw invalidCommandId();
}

function isAbout(command: Command, commandId: string | undefined): boolean {
  return commandId === undefined || command.request.commandId === commandId;
}

function isOn(invocation: Invocation, instanceId: string | undefined): boolean {
  return instanceId === undefined || invocation.instanceId === instanceId;
}

function facts(command: Command, subject: Command | Invocation): Filtered {
  const done = 'isDone' in subject ? subject.isDone : subject.end !== undefined;
  return { requestedAt: command.request.requestedAt, status: subject.status, done };
}

function passes(subject: Filtered, { key, value }: Filter): boolean {
  switch (key) {
    case 'InvokedAfter':
      return subject.requestedAt > time(value);
    case 'InvokedBefore':
      return subject.requestedAt < time(value);
    case 'Status':
      return subject.status === value;
    case 'ExecutionStage':
      return subject.done === (value === 'Complete');
    case 'DocumentName':
      return value === DOCUMENT_NAME;
  }
}

function time(value: string): number {
  const milliseconds = Date.parse(value);
  if (Number.isNaN(milliseconds))
    throw validationException(`The filter value ${value} is not an ISO 8601 time.`);
  return milliseconds;
}

function paging(wanted: { readonly MaxResults: number; readonly NextToken?: string | undefined }): {
  readonly size: number;
  readonly token: string | undefined;
} {
  return { size: wanted.MaxResults, token: wanted.NextToken };
}

function tokenMember(nextToken: string | undefined): { readonly NextToken?: string } {
  return nextToken === undefined ? {} : { NextToken: nextToken };
}
