import { randomBytes } from 'node:crypto';
import type { Clock } from './clock';
import { systemClock } from './clock';

/** Who a request comes from, once its signature is proven. */
export type Principal =
  | { readonly kind: 'operator' }
  /** A node with its instance role: may only read parameters below its environment's prefix. */
  | { readonly kind: 'node'; readonly instanceId: string; readonly parameterPrefix: string };

/** What an access key id stands for. */
export interface Credential {
  readonly secretAccessKey: string;
  /** Present for temporary credentials: the request has to carry it. */
  readonly sessionToken?: string;
  /** Present for temporary credentials. */
  readonly expiration?: Date;
  readonly principal: Principal;
}

/** Temporary credentials of an instance role, as IMDS hands them out. */
export interface NodeCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly lastUpdated: Date;
  readonly expiration: Date;
}

export interface CredentialStore {
  find(accessKeyId: string): Credential | undefined;
  /** Registers long-lived keys of an operator. */
  addOperator(accessKeyId: string, secretAccessKey: string): void;
  /**
   * Makes temporary credentials for a node, or gives the ones that it has while they are valid for another hour.
   *
   * @param parameterPrefix the parameters it may read: `/<project>/<environment>`
   */
  forNode(instanceId: string, parameterPrefix: string): NodeCredentials;
}

const LIFETIME_MS = 6 * 3600_000;
const ROTATE_BEFORE_MS = 3600_000;

/**
 * The access keys that the endpoint knows. Beside the registered ones, any access key id whose secret is the very same
 * string is the operator: a convention of this sandbox, so that `test`/`test` works as users of emulators expect.
 */
export function createCredentialStore(clock: Clock = systemClock): CredentialStore {
  const operators = new Map<string, Credential>();
  const ofNodes = new Map<string, Credential>();
  const current = new Map<string, NodeCredentials>();

  return {
    find: (accessKeyId) =>
      operators.get(accessKeyId) ?? ofNodes.get(accessKeyId) ?? conventionalOperator(accessKeyId),
    addOperator(accessKeyId, secretAccessKey) {
      operators.set(accessKeyId, { secretAccessKey, principal: { kind: 'operator' } });
    },
    forNode(instanceId, parameterPrefix) {
      const key = `${instanceId} ${parameterPrefix}`;
      const known = current.get(key);
      if (known !== undefined && known.expiration.getTime() - clock.now() > ROTATE_BEFORE_MS) return known;
      const made = newNodeCredentials(clock.now());
      current.set(key, made);
      ofNodes.set(made.accessKeyId, {
        secretAccessKey: made.secretAccessKey,
        sessionToken: made.sessionToken,
        expiration: made.expiration,
        principal: { kind: 'node', instanceId, parameterPrefix },
      });
      return made;
    },
  };
}

function newNodeCredentials(now: number): NodeCredentials {
  return {
    // Temporary access key ids start with ASIA and are followed by capital letters and digits.
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(96).toString('base64'),
    lastUpdated: new Date(now),
    expiration: new Date(now + LIFETIME_MS),
  };
}

function conventionalOperator(accessKeyId: string): Credential | undefined {
  // A key id of temporary credentials is never a convention: it is unknown once its node is gone.
  if (accessKeyId === '' || accessKeyId.startsWith('ASIA')) return undefined;
  return { secretAccessKey: accessKeyId, principal: { kind: 'operator' } };
}
