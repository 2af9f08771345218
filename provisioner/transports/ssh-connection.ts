import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import { messageOf } from '../aws-errors';
import type { HostKeys } from './ssh-host-keys';
import type { Identities, IdentityReader } from './ssh-identities';
import { connectProblem, deniedProblem, hostKeyProblem, noKeyProblem, SshProblem } from './ssh-problem';
import type { SshTarget } from './ssh-target';

/** Milliseconds. */
export interface SshTimes {
  /** Until a connection stands: TCP, key exchange and sign-in. */
  readonly connect: number;
  /** Between two signs of life; after three without an answer the connection is lost. */
  readonly keepalive: number;
}

export const usualTimes: SshTimes = { connect: 30_000, keepalive: 5_000 };

/** A connection that stands. */
export interface SshConnection {
  readonly client: Client;
  /** Why it is no longer there; undefined while it is. */
  readonly lost: string | undefined;
  /** Calls back when the connection is gone, at once where it is already. Returns how to take that back. */
  onLost(listener: (reason: string) => void): () => void;
  close(): void;
}

/** Opens connections. Those through the same jump host share one connection to it. */
export class SshConnector {
  private readonly jumps = new Map<string, Promise<SshConnection>>();

  constructor(
    private readonly hostKeys: HostKeys,
    private readonly identities: IdentityReader,
    private readonly times: SshTimes,
  ) {}

  /** @throws SshProblem with what to do about it */
  async open(target: SshTarget): Promise<SshConnection> {
    if (target.unsupported !== undefined) throw new SshProblem(target.unsupported);
    const identities = this.identities.of(target);
    if (identities.methods.length === 0) throw noKeyProblem(target, identities.problems);
    const serverHostKey = hostKeyAlgorithms(this.hostKeys.knownTypes(target));
    const sock = target.jump === undefined ? tcp(target) : await this.through(target.jump, target);
    return this.signIn(target, sock, serverHostKey, identities);
  }

  /** Ends the connections to jump hosts. */
  async close(): Promise<void> {
    const all = [...this.jumps.values()];
    this.jumps.clear();
    for (const connection of await Promise.allSettled(all))
      if (connection.status === 'fulfilled') connection.value.close();
  }

  private async through(jump: SshTarget, target: SshTarget): Promise<Duplex> {
    const { client } = await this.jumpTo(jump).catch((error: unknown) => {
      throw new SshProblem(`jump host: ${messageOf(error)}`);
    });
    return this.forward(client, target);
  }

  /** The connection to a jump host; a new one where the last was lost. */
  private async jumpTo(jump: SshTarget): Promise<SshConnection> {
    const key = JSON.stringify(jump);
    const known = this.jumps.get(key);
    const standing = await known?.catch(() => undefined);
    if (standing !== undefined && standing.lost === undefined) return standing;
    // While this one waited, another may have opened it.
    const current = this.jumps.get(key);
    const opening = current === undefined || current === known ? this.open(jump) : current;
    this.jumps.set(key, opening);
    return opening;
  }

  /** The jump host itself may wait for minutes for a node that does not answer. */
  private forward(client: Client, target: SshTarget): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(forwardProblem(target, new Error('no answer')));
      const timer = setTimeout(giveUp, this.times.connect);
      client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, channel) => {
        clearTimeout(timer);
        if (error === undefined) resolve(channel);
        else reject(forwardProblem(target, error));
      });
    });
  }

  private async signIn(
    target: SshTarget,
    sock: Socket | Duplex,
    serverHostKey: ServerHostKeyAlgorithm[],
    { methods, names, problems }: Identities,
  ): Promise<SshConnection> {
    let refusal: Error | undefined;
    const ssh = new NodeSSH();
    try {
      await ssh.connect({
        // ssh2 takes any duplex stream; its types want a readable one.
        sock,
        username: target.user,
        authHandler: [...methods],
        algorithms: {
          serverHostKey,
          // Compression costs more than it saves on scripts of this size.
          compress: ['none'],
        },
        readyTimeout: this.times.connect,
        keepaliveInterval: this.times.keepalive,
        keepaliveCountMax: 3,
        hostVerifier: (key: Buffer) => {
          try {
            const verdict = this.hostKeys.check(target, key);
            if (verdict.kind !== 'known') refusal = hostKeyProblem(target, key, verdict);
          } catch (error) {
            refusal = error instanceof Error ? error : new Error(String(error));
          }
          return refusal === undefined;
        },
      });
    } catch (error) {
      ssh.connection?.destroy();
      sock.destroy();
      if (refusal !== undefined) throw refusal;
      throw isDenied(error) ? deniedProblem(target, names, problems) : connectProblem(target, error);
    }
    const { connection } = ssh;
    if (connection === null) throw connectProblem(target, new Error('it ended at once'));
    return new Standing(connection);
  }
}

class Standing implements SshConnection {
  lost: string | undefined;
  private readonly listeners = new Set<(reason: string) => void>();

  constructor(readonly client: Client) {
    client.on('error', (error) => this.lose(error.message));
    client.on('close', () => this.lose('the other side closed it'));
  }

  onLost(listener: (reason: string) => void): () => void {
    if (this.lost !== undefined) listener(this.lost);
    else this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.client.end();
    // Says goodbye first; the event loop must not wait for an answer to it.
    setImmediate(() => this.client.destroy());
  }

  private lose(reason: string): void {
    if (this.lost !== undefined) return;
    this.lost = reason;
    for (const listener of this.listeners) listener(reason);
    this.listeners.clear();
  }
}

/** Nagle's algorithm would hold small packets back until the last one was acknowledged. */
function tcp(target: SshTarget): Socket {
  return createConnection({ host: target.host, port: target.port, noDelay: true });
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'level' in error && error.level === 'client-authentication';
}

function forwardProblem(target: SshTarget, error: Error): SshProblem {
  return new SshProblem(
    `the jump host cannot connect to ${target.host}:${target.port} (${error.message.replace(/^\(SSH\) /, '')}): is it running, does its firewall let the jump host in?`,
  );
}

/** All that are safe, those first whose keys are known: a server shows the first that it has. */
function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const all: readonly ServerHostKeyAlgorithm[] = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ];
  const isKnown = (algorithm: string) =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...all.filter(isKnown), ...all.filter((algorithm) => !isKnown(algorithm))];
}
