import type { Environment } from '../../environments/schema';
import { runningDaemon, type SandboxHandle } from './handle';
import { up } from './lifecycle';
import { planOf } from './plan';
import { stateFolder } from './state-folder';

export type { SandboxHandle } from './handle';

/**
 * The sandbox of an environment: brought up where it is not, with every node that the environment asks for.
 *
 * @throws UserError when this machine does not permit it, with what to do
 */
export async function ensureSandbox(environment: Environment): Promise<SandboxHandle> {
  const { daemon } = await up(planOf(environment));
  return daemon.handle;
}

/** The running sandbox of an environment; undefined when it is not up. */
export function readSandbox(environment?: string): SandboxHandle | undefined {
  return runningDaemon(stateFolder(environment))?.handle;
}
