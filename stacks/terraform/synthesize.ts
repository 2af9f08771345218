import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import type { Environment } from '../../environments/schema';
import { PlatformStack } from '../platform-stack';
import { parseConfiguration, type TerraformConfiguration } from './configuration';

/** As in main.ts: the ids of resources are the ones that are deployed. */
const context = { excludeStackIdFromLogicalIds: 'true', allowSepCharsInLogicalIds: 'true' };

/**
 * What `cdktf synth` would write for an environment, read back. Nothing outside a temporary folder is written, and AWS is
 * not asked.
 *
 * @throws EnvironmentError as a deployment would
 */
export function synthesizeEnvironment(environment: Environment): TerraformConfiguration {
  const outdir = mkdtempSync(join(tmpdir(), 'stagecraft-synth-'));
  try {
    const app = new App({ stackTraces: false, context, outdir });
    new PlatformStack(app, environment);
    app.synth();
    const written = readFileSync(join(outdir, 'stacks', environment.name, 'cdk.tf.json'), 'utf8');
    return parseConfiguration(JSON.parse(written));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
