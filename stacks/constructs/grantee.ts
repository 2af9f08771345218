import type { Statement } from './policy';

/** Whoever can be granted something: a role that takes policies on, such as `NodeIdentity`. */
export interface Grantee {
  /** @param id what is granted: the name of the policy, unique for the grantee */
  addPolicy(id: string, statements: readonly Statement[]): void;
}
