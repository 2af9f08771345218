/** Where a lease is kept in DynamoDB. */
export interface LeasePlace {
  /** The table that Terraform keeps its locks in; its key is `LockID`. */
  readonly table: string;
  readonly region: string;
  readonly project: string;
  readonly environment: string;
}
