import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '../state-directory';

/** Where the sandbox keeps everything that it keeps. */
export interface StateFolder {
  readonly root: string;
  /** Held while the sandbox is brought up, down or reset. */
  readonly lock: string;
  /** What is running, and the keys to it; absent when nothing is. */
  readonly daemon: string;
  readonly log: string;
  /** Keys and ports, the same until `reset`: they end up in files of the nodes. */
  readonly identity: string;
  readonly parameters: string;
  readonly procSys: string;
  readonly nodes: string;
  readonly kubernetes: string;
  /** The user of the cache. */
  readonly cacheUser: string;
  /** Objects of the bucket for backups. */
  readonly s3: string;
  /** Objects of the bucket of the token issuer. */
  readonly issuer: string;
  /** Keys and known_hosts of the nodes' SSH. */
  readonly ssh: string;
}

/** The folder of an environment's sandbox, in the state directory: each has one of its own, and several may be up at once. */
export function stateFolder(environment = 'sandbox'): StateFolder {
  return stateFolderAt(join(stateDirectory(), environment));
}

export function stateFolderAt(root: string): StateFolder {
  return {
    root,
    lock: join(root, 'lock'),
    daemon: join(root, 'daemon.json'),
    log: join(root, 'daemon.log'),
    identity: join(root, 'identity.json'),
    parameters: join(root, 'parameters.json'),
    procSys: join(root, 'proc-sys'),
    nodes: join(root, 'nodes'),
    kubernetes: join(root, 'kubernetes'),
    cacheUser: join(root, 'cache-user.json'),
    s3: join(root, 's3'),
    issuer: join(root, 'issuer'),
    ssh: join(root, 'ssh'),
  };
}

/** Makes the folder where there is none; only its owner gets in. */
export function makeStateFolder(state: StateFolder): void {
  mkdirSync(state.root, { recursive: true, mode: 0o700 });
}
