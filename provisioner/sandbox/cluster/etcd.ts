/** The simulated etcd: what the cluster knows, as one snapshot, and which cluster a server's data belongs to. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { digestOf } from './digest';
import { K3sFatal } from './k3s-config';
import { passwordOf } from './members';
import type { ObjectStore } from './objects';

const snapshotSchema = z.strictObject({
  simulated: z.literal('a snapshot of the etcd that the stagecraft sandbox simulates'),
  content: z.string(),
});

export interface SimulatedEtcd {
  /** Names the cluster that a server's data is of; another one after each reset. */
  readonly clusterId: string;
  snapshot(): string;
  /**
   * Forgets every member but the one that resets, and with a snapshot everything that came after it.
   *
   * @throws K3sFatal for what is no snapshot, and for a token that is not the one in it
   */
  reset(member: string, snapshot: string | undefined, token: string): void;
}

/** @param path where the id outlives the process */
export function simulatedEtcd(store: ObjectStore, path: string): SimulatedEtcd {
  let clusterId = existsSync(path) ? readFileSync(path, 'utf8') : renew(path);
  return {
    get clusterId() {
      return clusterId;
    },
    snapshot: () =>
      JSON.stringify({
        simulated: 'a snapshot of the etcd that the stagecraft sandbox simulates',
        content: store.export(),
      }),
    reset(member, snapshot, token) {
      if (snapshot !== undefined) store.replace(contentOf(snapshot, token));
      store.setEtcdMembers([member]);
      clusterId = renew(path);
    },
  };
}

function contentOf(snapshot: string, token: string): string {
  const parsed = snapshotSchema.safeParse(jsonOf(snapshot));
  if (!parsed.success)
    throw new K3sFatal('starting kubernetes: snapshot missing hash but --skip-hash-check=false');
  const kept = z.looseObject({ token: z.string().optional() }).parse(jsonOf(parsed.data.content));
  if (kept.token !== undefined && kept.token !== digestOf(passwordOf(token)))
    throw new K3sFatal(
      'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
    );
  return parsed.data.content;
}

function renew(path: string): string {
  const id = randomUUID();
  writeFileSync(path, id, { mode: 0o600 });
  return id;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
