import type { Play } from '../../engine/play';
import type { SecretRotation, SecretStore } from '../../secrets/store';
import type { RoleContext } from '../context';
import { serversOf } from '../k3s/parts';
import {
  newPassword,
  nextPassword,
  nextPasswordTasks,
  onePasswordTasks,
  passwordTasks,
  retireTasks,
} from './password';

/**
 * Another password for the cache, beside the one in use, so that services never read one that it doesn't take:
 *
 * 1. the one in use is in place, and the only one: else the older of two would be lost while services still have it;
 * 2. a new one is made in a parameter of its own, and the cache takes it beside the old one;
 * 3. it becomes the newest version of the parameter that services read;
 * 4. its own parameter goes.
 *
 * One that broke off goes on with the same value.
 *
 * @param isInForce whether one that broke off is behind 3: what is in use then is the new one
 */
export function rotationPlays(
  context: RoleContext,
  store: SecretStore & SecretRotation,
  isInForce: boolean,
): Play<RoleContext>[] {
  const { redis, secrets } = context.inventory;
  if (redis === undefined) return [];
  const { passwordParameter } = redis;
  const next = nextPassword(passwordParameter);
  const options = secrets.kmsKeyArn === undefined ? {} : { kmsKeyArn: secrets.kmsKeyArn };
  const begin: Play<RoleContext>[] = [
    play(context, 'the cache has one password', (it) => [...passwordTasks(it), ...onePasswordTasks(it)]),
    {
      ...play(context, 'the new one opens it too', nextPasswordTasks),
      prerequisites: () => [
        {
          name: `new password ${next}`,
          check: () => store.exists(next),
          apply: () =>
            store.create(next, newPassword(), {
              ...options,
              description: `Password that is about to take the place of ${passwordParameter}`,
            }),
        },
      ],
    },
  ];
  return [
    ...(isInForce ? [] : begin),
    {
      ...play(context, 'services read the new one', passwordTasks),
      prerequisites: () => [
        {
          name: `the value of ${passwordParameter}`,
          check: () => store.same(next, passwordParameter),
          apply: () => store.copy(next, passwordParameter, options),
        },
      ],
    },
    {
      ...play(context, 'the rotation is complete', passwordTasks),
      prerequisites: () => [
        {
          name: `no ${next} is left`,
          check: async () => !(await store.exists(next)),
          apply: () => store.remove(next),
        },
      ],
    },
  ];
}

/** The older of two passwords opens the cache no longer. */
export function retirePlays(context: RoleContext): Play<RoleContext>[] {
  return [play(context, 'the older password is retired', retireTasks)];
}

function play(
  context: RoleContext,
  name: string,
  tasks: Play<RoleContext>['roles'][number]['tasks'],
): Play<RoleContext> {
  return {
    name,
    hosts: serversOf(context)[0]?.name ?? 'servers',
    roles: [{ name: 'redis', tasks }],
    anyErrorsFatal: true,
  };
}
