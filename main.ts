import { App } from 'cdktf';
import { awsEnvironmentNames, loadEnvironments } from './environments';
import { assertDistinctHosts } from './environments/distinct-hosts';
import { assertDistinctNames } from './environments/distinct-names';
import { EnvironmentError } from './environments/errors';
import { assertGithubToken } from './environments/github-token';
import { assertDisjointNetworks } from './environments/networks';
import { bootstrapArgs } from './stacks/bootstrap-args';
import { BootstrapStack } from './stacks/bootstrap-stack';
import { PlatformStack } from './stacks/platform-stack';

/** cdktf.json could set these too, but only for runs of the CLI: the ids of resources must not depend on who runs the app. */
const readableIds = { excludeStackIdFromLogicalIds: 'true', allowSepCharsInLogicalIds: 'true' };

// cdktf takes a stack trace for every token; mapping each of them back to TypeScript takes longer than all the rest.
process.setSourceMapsEnabled(process.env.STAGECRAFT_DEBUG !== undefined);

try {
  synthesize();
} catch (error) {
  report(error);
  process.exitCode = 1;
}

function synthesize(): void {
  const environments = loadEnvironments(awsEnvironmentNames);
  assertDistinctNames(environments);
  assertDistinctHosts(environments);
  assertDisjointNetworks(environments);
  assertGithubToken(environments);
  const app = new App({ stackTraces: false, context: readableIds });
  new BootstrapStack(app, bootstrapArgs(environments));
  for (const environment of environments) new PlatformStack(app, environment);
  app.synth();
}

function report(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  if (error instanceof EnvironmentError) return;
  if (process.env.STAGECRAFT_DEBUG !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  else process.stderr.write('Run again with STAGECRAFT_DEBUG=1 for where it happened.\n');
}
