import type { LeaseRecord } from './record';

/** The state of a lease that a write goes out from: nobody holds it, or it is this very record still. */
export type Expected = 'free' | Pick<LeaseRecord, 'id' | 'renewals'>;

/** Whether a conditional write was done; if not, who holds the lease instead (undefined: nobody). */
export type Written =
  | { readonly done: true }
  | { readonly done: false; readonly current: LeaseRecord | undefined };

/** Where the lease of one environment is kept. Each method is atomic among all who use the same place. */
export interface LeaseStore {
  /** For the operator: `table stagecraft-tfstate-locks`. */
  readonly where: string;
  /** Whether it keeps out runs from every machine, or those from this one only. */
  readonly reach: 'everywhere' | 'this machine';
  /** @throws UserError when the store cannot be used */
  read(): Promise<LeaseRecord | undefined>;
  /**
   * Writes the record if the lease is still as expected.
   *
   * @throws UserError when the store cannot be used; then it is not known whether the record was written
   */
  write(record: LeaseRecord, expected: Expected): Promise<Written>;
  /** Removes the lease if it still has this id, however often it was renewed. @throws UserError as `write` does */
  remove(id: string): Promise<Written>;
}
