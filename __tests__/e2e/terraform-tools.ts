import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What terraform needs to find a provider without a registry: its own configuration where one is set up, else the test
 * tools beside the project. A text says why there is neither.
 */
export function terraformTools(): Readonly<Record<string, string>> | string {
  if (spawnSync('terraform', ['version']).status !== 0) return 'no terraform on this machine';
  const configured = process.env.TF_CLI_CONFIG_FILE;
  if (configured !== undefined && existsSync(configured)) return { TF_CLI_CONFIG_FILE: configured };
  const setup = join(__dirname, '..', '..', '..', 'shared', 'tools', 'setup.sh');
  if (!existsSync(setup)) return 'no TF_CLI_CONFIG_FILE and no test tools with a copy of the AWS provider';
  const shell = spawnSync('bash', ['-c', `eval "$("$1")" && printf %s "$TF_CLI_CONFIG_FILE"`, 'sh', setup], {
    encoding: 'utf8',
  });
  return shell.status === 0 && shell.stdout !== ''
    ? { TF_CLI_CONFIG_FILE: shell.stdout }
    : `the test tools do not serve this machine: ${shell.stderr}`;
}
