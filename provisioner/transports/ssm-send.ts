import { randomBytes } from 'node:crypto';
import { InvalidInstanceId, ListCommandsCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import { UncertainSend } from './ssm-client';
import { DELIVERY_SECONDS, NODES_PER_COMMAND } from './ssm-limits';
import { pingStatuses } from './ssm-pings';
import type { SsmService } from './ssm-service';
import type { RunRequest } from './transport';
import type { Unsettled } from './unsettled';

/**
 * Pauses in milliseconds before each time that it is asked whether a command exists. Lists are eventually consistent, and a
 * script that is sent a second time waits on the node for its first copy.
 */
const LOOK_AFTER_MS = [2_000, 3_000, 5_000];

const INVALID_INSTANCE =
  'SSM has no such instance online (InvalidInstanceId): is it running, is its agent up?';

/**
 * Sends a script to hosts, and where the service refuses some of the instances, again to the others. Gives the id of the
 * command; undefined where none of the hosts is left.
 */
export async function sendTo(
  service: SsmService,
  request: RunRequest,
  unsettled: Unsettled,
): Promise<string | undefined> {
  const comment = marked(request.comment);
  for (let uncertain = 0; unsettled.size > 0; ) {
    try {
      const { Command: command } = await service.client.send(sendCommand(request, comment, unsettled.ids));
      return accepted(command?.CommandId);
    } catch (error) {
      if (error instanceof UncertainSend) {
        const found = await sentCommand(service, comment);
        if (found !== undefined) return found;
        uncertain += 1;
        if (uncertain > 3) throw error;
      } else if (error instanceof InvalidInstanceId) {
        for (const id of await refused(service, error, unsettled, request.signal))
          unsettled.settle(id, { kind: 'unreachable', reason: INVALID_INSTANCE });
      } else throw error;
    }
  }
  return undefined;
}

function accepted(commandId: string | undefined): string {
  if (commandId === undefined) throw new Error('SendCommand gave no command id');
  return commandId;
}

/** The command with this comment, if the service has it: what became of a SendCommand without an answer. */
async function sentCommand({ client, clock }: SsmService, comment: string): Promise<string | undefined> {
  for (const pause of LOOK_AFTER_MS) {
    await clock.sleep(pause);
    const { Commands: commands } = await client.send(new ListCommandsCommand({ MaxResults: 50 }));
    const found = commands?.find(({ Comment }) => Comment === comment);
    if (found !== undefined) return found.CommandId;
  }
  return undefined;
}

/** Which instances an InvalidInstanceId is about: the message names them; where it does not, the ping status tells. */
async function refused(
  service: SsmService,
  error: InvalidInstanceId,
  unsettled: Unsettled,
  signal: AbortSignal,
): Promise<string[]> {
  const { ids } = unsettled;
  const named = ids.filter((id) => error.message.includes(id));
  if (named.length > 0) return named;
  const statuses = await pingStatuses(service, unsettled.hosts, signal);
  const offline = ids.filter((id) => statuses.get(id)?.status !== 'Online');
  return offline.length > 0 ? offline : ids;
}

/** The comment with a mark of its own, by which the command can be found again. */
function marked(comment: string): string {
  return `${comment.slice(0, 90)} #${randomBytes(4).toString('hex')}`;
}

function sendCommand(request: RunRequest, comment: string, instanceIds: string[]): SendCommandCommand {
  return new SendCommandCommand({
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: instanceIds,
    Parameters: { commands: request.script.split('\n'), executionTimeout: [String(request.timeoutSeconds)] },
    Comment: comment,
    TimeoutSeconds: DELIVERY_SECONDS,
    MaxConcurrency: String(Math.min(request.forks, NODES_PER_COMMAND)),
    // The default, 0, would keep the command from the nodes behind the first that fails.
    MaxErrors: '100%',
  });
}
