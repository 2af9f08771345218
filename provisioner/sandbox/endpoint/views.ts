import type { Command } from './command';
import { DOCUMENT_NAME, PLUGIN_NAME } from './document';
import type { Invocation } from './invocation';
import { pluginOutput, standardErrorContent, standardOutputContent } from './output';

/** How commands and invocations look on the wire. */

const noNotifications = { NotificationArn: '', NotificationEvents: [], NotificationType: '' };
const noLogs = { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false };

export function commandShape(command: Command): object {
  const { request } = command;
  const expiresAfter =
    request.requestedAt + (request.timeoutSeconds + request.script.executionTimeout) * 1000;
  return {
    CommandId: request.commandId,
    DocumentName: DOCUMENT_NAME,
    DocumentVersion: request.documentVersion,
    Comment: request.comment,
    ExpiresAfter: seconds(expiresAfter),
    Parameters: request.parameters,
    InstanceIds: request.instanceIds,
    Targets: request.targets,
    RequestedDateTime: seconds(request.requestedAt),
    Status: command.status,
    StatusDetails: command.statusDetails,
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
    MaxConcurrency: request.maxConcurrency,
    MaxErrors: request.maxErrors,
    TargetCount: command.invocations.length,
    CompletedCount: command.completedCount,
    ErrorCount: command.errorCount,
    DeliveryTimedOutCount: command.deliveryTimedOutCount,
    ServiceRole: '',
    NotificationConfig: noNotifications,
    CloudWatchOutputConfig: noLogs,
    TimeoutSeconds: request.timeoutSeconds,
  };
}

/** An entry of ListCommandInvocations. */
export function invocationShape(command: Command, invocation: Invocation, details: boolean): object {
  const { request } = command;
  return {
    CommandId: request.commandId,
    InstanceId: invocation.instanceId,
    InstanceName: invocation.instanceName,
    Comment: request.comment,
    DocumentName: DOCUMENT_NAME,
    DocumentVersion: request.documentVersion,
    RequestedDateTime: seconds(request.requestedAt),
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: details ? [pluginShape(invocation)] : [],
    ServiceRole: '',
    NotificationConfig: noNotifications,
    CloudWatchOutputConfig: noLogs,
  };
}

/** The answer of GetCommandInvocation. */
export function pluginInvocationShape(command: Command, invocation: Invocation): object {
  const { request } = command;
  const { startedAt, end } = invocation;
  return {
    CommandId: request.commandId,
    InstanceId: invocation.instanceId,
    Comment: request.comment,
    DocumentName: DOCUMENT_NAME,
    DocumentVersion: request.documentVersion,
    PluginName: PLUGIN_NAME,
    ResponseCode: end?.exitCode ?? -1,
    ExecutionStartDateTime: startedAt === undefined ? '' : isoDate(startedAt),
    ExecutionElapsedTime:
      startedAt === undefined || end === undefined ? '' : `PT${(end.endedAt - startedAt) / 1000}S`,
    ExecutionEndDateTime: startedAt === undefined || end === undefined ? '' : isoDate(end.endedAt),
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    StandardOutputContent: end === undefined ? '' : standardOutputContent(end.stdout),
    StandardOutputUrl: '',
    StandardErrorContent: end === undefined ? '' : standardErrorContent(end.stderr),
    StandardErrorUrl: '',
    CloudWatchOutputConfig: noLogs,
  };
}

function pluginShape({ status, statusDetails, startedAt, end }: Invocation): object {
  return {
    Name: PLUGIN_NAME,
    // A plugin knows neither Delayed nor Cancelling.
    Status: status === 'Delayed' ? 'Pending' : status === 'Cancelling' ? 'InProgress' : status,
    StatusDetails: statusDetails,
    ResponseCode: end?.exitCode ?? -1,
    ...(startedAt === undefined ? {} : { ResponseStartDateTime: seconds(startedAt) }),
    ...(startedAt === undefined || end === undefined ? {} : { ResponseFinishDateTime: seconds(end.endedAt) }),
    Output: end === undefined ? '' : (end.said ?? pluginOutput(end.stdout, end.stderr)),
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
  };
}

/** Timestamps of the JSON protocol are seconds since 1970, with milliseconds behind the point. */
function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
