import type { Clock } from './clock';
import type { CommandCentre } from './command-centre';
import type { ParameterStore } from './parameter-store';
import type { SettingsStore } from './settings';
import type { AgentDirectory } from './types';

/** What the operations work on. */
export interface OperationContext {
  readonly region: string;
  readonly accountId: string;
  readonly agents: AgentDirectory;
  readonly parameters: ParameterStore;
  readonly settings: SettingsStore;
  readonly clock: Clock;
  readonly commands: CommandCentre;
}

/** Takes the parsed JSON of a request, gives the JSON of the answer. @throws ServiceError */
export type Operation = (input: unknown, context: OperationContext) => object;
