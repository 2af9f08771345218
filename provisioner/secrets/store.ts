/** Where secrets are kept: written once by the controller, read by the nodes themselves. There is no method that reads one. */
export interface SecretStore {
  exists(name: string): Promise<boolean>;
  /**
   * Stores a secret that isn't there yet. Never overwrites: where another controller was faster, its value stays and this
   * one's is dropped.
   */
  create(name: string, value: string, options?: SecretOptions): Promise<void>;
}

export interface SecretOptions {
  /** KMS key that encrypts it. Absent: the account's `alias/aws/ssm`. */
  readonly kmsKeyArn?: string;
  /** Shown beside the name in the console, up to 1,024 characters. */
  readonly description?: string;
}
