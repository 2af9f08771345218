/** Keys and ports of a sandbox, made once and kept until `reset`: they are written into files of its nodes. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type Listener, listenOnLoopback } from './endpoint/listener';
import { freePort, isFree } from './free-port';
import type { StateFolder } from './state-folder';

const schema = z.strictObject({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  /** Lets the stand-ins on the nodes talk to the simulated cluster. */
  clusterKey: z.string(),
  /** Ports by what listens there. */
  ports: z.record(z.string(), z.number().int()),
});

export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly clusterKey: string;
  /** Serves on the port that this name had before, or on a free one from now on. */
  listen(name: string, handler: Parameters<typeof listenOnLoopback>[0]): Promise<Listener>;
  portOf(name: string): number;
  /** The port that this name had before, should it be free, or another one from now on. */
  claimPort(name: string): Promise<number>;
  keepPort(name: string, port: number): void;
}

export function loadIdentity(state: StateFolder): Identity {
  const data = read(state.identity) ?? {
    // Not of AWS's form on purpose: nobody takes these for real keys.
    accessKeyId: `SANDBOX${randomBytes(6).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
    clusterKey: randomBytes(24).toString('hex'),
    ports: {},
  };
  const save = () => {
    writeFileSync(`${state.identity}.tmp`, JSON.stringify(data), { mode: 0o600 });
    renameSync(`${state.identity}.tmp`, state.identity);
  };
  const keepPort = (name: string, port: number) => {
    if (data.ports[name] === port) return;
    data.ports[name] = port;
    save();
  };
  const claimPort = async (name: string) => {
    const kept = data.ports[name];
    const port = kept !== undefined && (await isFree(kept)) ? kept : await freePort();
    keepPort(name, port);
    return port;
  };
  save();
  return {
    accessKeyId: data.accessKeyId,
    secretAccessKey: data.secretAccessKey,
    clusterKey: data.clusterKey,
    portOf: (name) => data.ports[name] ?? 0,
    claimPort,
    keepPort,
    async listen(name, handler) {
      const wanted = await claimPort(name);
      // Somebody may have been quicker.
      const listener = await listenOnLoopback(handler, wanted).catch(async () =>
        listenOnLoopback(handler, await freePort()),
      );
      keepPort(name, listener.port);
      return listener;
    },
  };
}

function read(file: string): z.infer<typeof schema> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
