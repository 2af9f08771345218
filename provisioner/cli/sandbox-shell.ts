import { sandboxEnvironmentNames } from '../../environments';
import { exitCodes, UserError } from '../errors';
import { currentStatus } from '../sandbox/lifecycle';
import { enterArguments } from '../sandbox/nodes/namespaces';
import { AGENT_PATH } from '../sandbox/nodes/node';
import { handOver } from './hand-over';
import { sandboxNotUp } from './sandbox-not-up';
import { suggestion } from './suggest';

/**
 * Enters a node of a running sandbox as root: with a command, or else an interactive shell. Gives its exit code.
 *
 * @param name name or instance id
 * @throws UserError when the sandbox is not up or has no such node
 */
export async function enterSandboxNode(name: string, command: readonly string[]): Promise<number> {
  const running = (
    await Promise.all(sandboxEnvironmentNames.map((environment) => currentStatus(environment)))
  ).flatMap((status) => status ?? []);
  if (running.length === 0) throw sandboxNotUp('sandbox');
  const nodes = running.flatMap((status) => status.nodes.map((node) => ({ node, status })));
  const found = nodes.find(({ node }) => node.name === name || node.instanceId === name);
  if (found === undefined)
    throw new UserError(
      `The sandbox has no node "${name}".`,
      suggestion(
        name,
        nodes.map(({ node }) => node.name),
      ),
      exitCodes.usage,
    );
  const { node, status } = found;
  if (node.pid === null) throw new UserError(`The node ${name} is down.`, 'Run `npm run sandbox -- up`.');
  const given = command[0] === '--' ? command.slice(1) : command;
  const words = given.length > 0 ? given : ['/bin/bash', '-l'];
  return handOver('nsenter', [...enterArguments(node.pid), ...words], {
    cwd: '/',
    env: {
      PATH: AGENT_PATH,
      HOME: '/root',
      USER: 'root',
      LOGNAME: 'root',
      SHELL: '/bin/bash',
      TERM: process.env.TERM ?? 'dumb',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: node.metadata,
      AWS_ENDPOINT_URL_SSM: status.endpoint,
    },
  });
}
