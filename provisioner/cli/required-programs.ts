import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from '../errors';

interface Required {
  readonly program: string;
  readonly name: string;
  readonly install: string;
}

/** What Session Manager asks of this machine, and where AWS says how to install it. */
const sessionManager: readonly Required[] = [
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
];

const ssh: Required = {
  program: 'ssh',
  name: 'an SSH client',
  install: 'on Debian and Ubuntu `apt-get install openssh-client`',
};

/**
 * @param commandLine what is about to be run, for those who have the programs elsewhere
 * @throws UserError with what to install, when something is missing
 */
export function requireSessionManager(commandLine: string): void {
  requirePrograms('Session Manager', sessionManager, commandLine);
}

/** As `requireSessionManager`. */
export function requireSsh(commandLine: string): void {
  requirePrograms('The transport "ssh"', [ssh], commandLine);
}

function requirePrograms(what: string, programs: readonly Required[], commandLine: string): void {
  const path = process.env.PATH ?? '';
  const missing = programs.filter(({ program }) => !isOnPath(program, path));
  if (missing.length === 0) return;
  throw new UserError(
    `${what} needs ${missing.map(({ name }) => name).join(' and ')} on this machine (${missing.map(({ program }) => program).join(', ')} on PATH).`,
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
