import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from '../errors';

/** What Session Manager asks of this machine, and where AWS says how to install it. */
const tools = [
  {
    program: 'aws',
    name: 'the AWS CLI',
    install: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  },
  {
    // Without it, `aws ssm start-session` fails only after it has started a session, with a message about something else
    // (aws/aws-cli#9837).
    program: 'session-manager-plugin',
    name: 'the Session Manager plugin of the AWS CLI',
    install:
      'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html',
  },
] as const;

/** The arguments of `aws` that open a terminal on an instance. */
export function sessionArguments(target: { readonly region: string; readonly instanceId: string }): string[] {
  return ['ssm', 'start-session', '--region', target.region, '--target', target.instanceId];
}

/**
 * @param commandLine what is about to be run, for those who have the tools elsewhere
 * @throws UserError with what to install, when something is missing
 */
export function requireSessionManager(commandLine: string, path = process.env.PATH ?? ''): void {
  const missing = tools.filter(({ program }) => !isOnPath(program, path));
  if (missing.length === 0) return;
  throw new UserError(
    `Session Manager needs ${missing.map(({ name }) => name).join(' and ')} on this machine (${missing.map(({ program }) => program).join(', ')} on PATH).`,
    [
      ...missing.map(({ name, install }) => `Install ${name}: ${install}`),
      `Or run this where it is installed: ${commandLine}`,
    ].join('\n  '),
  );
}

function isOnPath(program: string, path: string): boolean {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
