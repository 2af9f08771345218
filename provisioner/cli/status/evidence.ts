import type { Environment } from '../../../environments/schema';
import type { Host } from '../../engine/play';
import type { Observation } from '../observe';
import type { LeaseStatus } from './status';

/** Everything that a status is made of. Assessing is a pure function of it. */
export interface Evidence {
  readonly environment: Environment;
  /** The nodes that were asked. */
  readonly hosts: readonly Host[];
  readonly observation: Observation;
  /** Whether drift was asked for. */
  readonly driftWanted: boolean;
  /** Whether the checks of the site were run. */
  readonly driftChecked: boolean;
  readonly lease: LeaseStatus;
  readonly now: Date;
  readonly simulated?: string;
}
