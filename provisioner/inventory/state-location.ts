/** Where Terraform keeps the state of one environment. */
export interface StateLocation {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  /** Whose bucket it has to be; names of buckets are global to AWS. Absent: anybody's. */
  readonly accountId?: string | undefined;
}
