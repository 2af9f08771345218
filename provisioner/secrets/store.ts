/** Where secrets are kept: written once by the controller, read by the nodes themselves. No method gives a value out. */
export interface SecretStore {
  exists(name: string): Promise<boolean>;
  /**
   * Stores a secret that isn't there yet. Never overwrites: where another controller was faster, its value stays and this
   * one's is dropped.
   */
  create(name: string, value: string, options?: SecretOptions): Promise<void>;
}

/** What it takes to put a secret in the place of another. Values stay inside: they are compared and copied, never given out. */
export interface SecretRotation {
  /** Whether two secrets have the same value; not so where one of them is missing. */
  same(one: string, other: string): Promise<boolean>;
  /**
   * Makes the value of one the newest of another. The values that were there before stay as older versions.
   *
   * @param options the key that encrypts it: without one it is that of the account, whatever encrypted the value before
   */
  copy(from: string, to: string, options?: Pick<SecretOptions, 'kmsKeyArn'>): Promise<void>;
  /** Which version of a secret is the newest, counted from 1. Undefined: it is not there. */
  version(name: string): Promise<number | undefined>;
  /** Forgets a secret and all its versions; no error where it is not there. */
  remove(name: string): Promise<void>;
}

export interface SecretOptions {
  /** KMS key that encrypts it. Absent: the account's `alias/aws/ssm`. */
  readonly kmsKeyArn?: string;
  /** Shown beside the name in the console, up to 1,024 characters. */
  readonly description?: string;
}
