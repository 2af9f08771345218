import { randomBytes } from 'node:crypto';
import type { Prerequisite } from '../../engine/play';
import type { SecretStore } from '../../secrets/store';
import type { RoleContext } from '../context';

/**
 * The join token exists: made once, straight into the secret store, and never again. Its value is in this process's memory
 * for the one call that stores it, and nowhere else on the controller.
 */
export function k3sTokenPrerequisite({ inventory }: RoleContext, store: SecretStore): Prerequisite {
  const { k3sToken, kmsKeyArn } = inventory.secrets;
  return {
    name: `join token ${k3sToken}`,
    check: () => store.exists(k3sToken),
    apply: () =>
      store.create(k3sToken, randomBytes(32).toString('hex'), {
        ...(kmsKeyArn !== undefined && { kmsKeyArn }),
        description: `K3s join token of ${inventory.project} ${inventory.environment}, made by stagecraft`,
      }),
  };
}
