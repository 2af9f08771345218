import { userInfo } from 'node:os';
import type { Host } from '../../provisioner/engine/play';
import { createSettingsStore } from '../../provisioner/sandbox/endpoint';
import { systemClock } from '../../provisioner/transports/clock';
import { LocalTransport } from '../../provisioner/transports/local';
import { SshTransport } from '../../provisioner/transports/ssh';
import { SsmTransport } from '../../provisioner/transports/ssm';
import { countingSsmClient } from '../../provisioner/transports/ssm-client';
import type { Transport } from '../../provisioner/transports/transport';
import { instanceId, REGION, shellAgent, startEndpoint } from '../sandbox/endpoint/fixture';
import { SshLab, sshdObstacle } from '../transports/sshd';

/** A real transport that carries the scripts of nodes which are folders of this machine. */
export interface Carrier {
  readonly transport: Transport;
  /** The host that it knows in place of a node. */
  readonly hostOf: (host: Host) => Host;
  stop(): Promise<void>;
}

/** The real client against a real sshd on loopback. */
async function overSsh(): Promise<Carrier> {
  const lab = new SshLab();
  const target = lab.target(await lab.sshd(), { user: userInfo().username });
  const transport = new SshTransport({ home: lab.folder, targetOf: () => target });
  return {
    transport,
    hostOf: (host) => host,
    async stop() {
      await transport.close();
      await lab.remove();
    },
  };
}

async function onThisMachine(): Promise<Carrier> {
  return { transport: new LocalTransport(), hostOf: (host) => host, stop: async () => {} };
}

/** The real client against the sandbox's endpoint, which answers as the service does. */
async function overSsm(): Promise<Carrier> {
  const endpoint = await startEndpoint({
    agents: [shellAgent(1)],
    settings: createSettingsStore({ consistencyMs: 0 }),
  });
  const { client, calls } = countingSsmClient({
    endpoint: endpoint.url,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const quickly = {
    ...systemClock,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      systemClock.sleep(Math.min(milliseconds, 20), signal),
  };
  return {
    transport: new SsmTransport(client, calls, quickly),
    hostOf: (host) => ({ ...host, id: instanceId(1) }),
    async stop() {
      client.destroy();
      await endpoint.stop();
    },
  };
}

const obstacle = sshdObstacle();
if (obstacle !== undefined) console.warn(`skipped over SSH and on this machine: ${obstacle}`);

/** The transports that this machine can try. */
export const carriers: readonly (readonly [string, () => Promise<Carrier>])[] = [
  ['over SSM', overSsm],
  ...(obstacle === undefined
    ? ([
        ['over SSH', overSsh],
        ['on this machine', onThisMachine],
      ] as const)
    : []),
];
