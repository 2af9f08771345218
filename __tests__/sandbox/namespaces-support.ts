import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  SSMClient,
  waitUntilCommandExecuted,
} from '@aws-sdk/client-ssm';
import { defineEnvironment } from '../../environments/schema';
import type { SandboxHandle } from '../../provisioner/sandbox';
import { requireNamespaces } from '../../provisioner/sandbox/requirements';

/** `it` where this machine can hold a sandbox; elsewhere the tests are skipped and say why. */
export function itWithNamespaces(): jest.It {
  try {
    requireNamespaces();
    return it;
  } catch (error) {
    console.warn(`skipped: ${error instanceof Error ? error.message : String(error)}`);
    return it.skip;
  }
}

/** A server and an agent: all that the tests need. */
export function smallEnvironment(agents = 1) {
  return defineEnvironment(
    { name: 'sandbox', accountId: '000000000000', nodeGroups: { general: { count: agents } } },
    'test',
  );
}

/** A state folder of its own for the tests of a file; gives the way back. */
export function ownStateFolder(): { readonly folder: string; remove(): void } {
  const before = process.env.STAGECRAFT_STATE_DIR;
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-sandbox-test-'));
  process.env.STAGECRAFT_STATE_DIR = folder;
  return {
    folder,
    remove() {
      if (before === undefined) delete process.env.STAGECRAFT_STATE_DIR;
      else process.env.STAGECRAFT_STATE_DIR = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a script on a node through the endpoint, as any user of SSM would. */
export async function runThrough(
  sandbox: SandboxHandle,
  nodeName: string,
  script: string,
): Promise<GetCommandInvocationCommandOutput> {
  const { endpoint, region } = sandbox;
  // The client writes into what it is given.
  const credentials = { ...sandbox.credentials };
  const client = new SSMClient({ endpoint, region, credentials });
  const instanceId = sandbox.inventory.nodes.find(({ name }) => name === nodeName)?.instanceId ?? '';
  const { Command } = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [instanceId],
      Parameters: { commands: [script] },
    }),
  );
  const invocation = { CommandId: Command?.CommandId ?? '', InstanceId: instanceId };
  await waitUntilCommandExecuted({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, invocation).catch(
    () => {},
  );
  const result = await client.send(new GetCommandInvocationCommand(invocation));
  client.destroy();
  return result;
}
