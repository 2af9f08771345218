import { UserError } from '../errors';
import { sshArguments } from '../transports/ssh-command';
import type { SshTarget } from '../transports/ssh-target';

/** The arguments of ssh(1) that lead to a node. @throws UserError where the transport couldn't go there either */
export function supportedArguments(target: SshTarget): string[] {
  if (target.unsupported !== undefined) throw new UserError(`${target.host}: ${target.unsupported}`);
  return sshArguments(target);
}
