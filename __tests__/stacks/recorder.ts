import type { Grantee } from '../../stacks/constructs/grantee';
import type { Statement } from '../../stacks/constructs/policy';

/** A grantee that remembers what it was granted. */
export interface Recorder extends Grantee {
  /** The statements of a policy. */
  granted(id: string): readonly Statement[];
  /** All actions of a policy. */
  actions(id: string): readonly string[];
}

export function recorder(): Recorder {
  const policies = new Map<string, readonly Statement[]>();
  const granted = (id: string) => {
    const found = policies.get(id);
    if (found === undefined)
      throw new Error(`nothing granted as ${id}; granted: ${[...policies.keys()].join(', ')}`);
    return found;
  };
  return {
    addPolicy: (id, statements) => {
      if (policies.has(id)) throw new Error(`${id} granted twice`);
      policies.set(id, statements);
    },
    granted,
    actions: (id) => granted(id).flatMap(({ actions }) => actions ?? []),
  };
}
