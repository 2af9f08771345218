import type { Agent } from '../agent';
import type { Clock } from './clock';
import { Command, type CommandRequest } from './command';
import { Invocation } from './invocation';
import type { SettingsStore } from './settings';
import type { CommandHistoryEntry } from './types';

/** The commands that were sent: their copies on the nodes, and the history. */
export interface CommandCentre {
  send(request: CommandRequest, agents: readonly Agent[]): Command;
  /** As the service knows it; a command that was just sent is there for `CancelCommand`, but not yet to be seen. */
  find(commandId: string): Command | undefined;
  /** What the list operations can see by now, newest first. */
  visible(): readonly Command[];
  isVisible(command: Command): boolean;
  history(): readonly CommandHistoryEntry[];
  /** Cancels everything, waits for its end, and forgets it. */
  reset(): Promise<void>;
}

/** The service forgets after thirty days; the sandbox when so many newer commands were sent. */
const MAX_COMMANDS = 1000;

export function createCommandCentre(settings: SettingsStore, clock: Clock): CommandCentre {
  const commands = new Map<string, Command>();
  const isVisible = (command: Command) =>
    clock.now() - command.request.requestedAt >= settings.get().consistencyMs;

  return {
    isVisible,
    send(request, agents) {
      const command = new Command(request);
      forgetOldest(commands);
      commands.set(request.commandId, command);
      command.send(
        agents.map(
          (agent) =>
            new Invocation({
              agent,
              settings,
              clock,
              commandId: request.commandId,
              script: request.script,
              requestedAt: request.requestedAt,
              deliveryTimeout: request.timeoutSeconds,
              onChange: () => command.advance(),
            }),
        ),
      );
      return command;
    },
    find: (commandId) => commands.get(commandId),
    visible: () => [...commands.values()].filter(isVisible).reverse(),
    history: () => [...commands.values()].map(historyEntry),
    async reset() {
      for (const command of commands.values()) command.cancel([]);
      await Promise.all([...commands.values()].map((command) => command.done()));
      commands.clear();
    },
  };
}

function forgetOldest(commands: Map<string, Command>): void {
  for (const [commandId, command] of commands) {
    if (commands.size < MAX_COMMANDS) return;
    if (command.isDone) commands.delete(commandId);
  }
}

function historyEntry(command: Command): CommandHistoryEntry {
  const { commandId, comment, parameters, requestedAt } = command.request;
  return {
    commandId,
    comment,
    parameters,
    requestedAt: new Date(requestedAt),
    status: command.status,
    invocations: command.invocations.map(({ instanceId, status, statusDetails, end }) => ({
      instanceId,
      status,
      statusDetails,
      exitCode: end?.exitCode ?? -1,
      stdout: end?.stdout.toString('utf8') ?? '',
      stderr: end?.stderr.toString('utf8') ?? '',
    })),
  };
}
