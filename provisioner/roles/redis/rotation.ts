import type { Play } from '../../engine/play';
import type { SecretRotation, SecretStore } from '../../secrets/store';
import type { RoleContext } from '../context';
import { serversOf } from '../k3s/parts';
import { newPassword, onePasswordTasks, passwordTasks, retireTasks } from './password';

/**
 * Another password for the cache, beside the one in use:
 *
 * 1. the one in use is in place, and the only one: else the older of two would be lost while services still have it;
 * 2. a new one is made in a parameter of its own, and becomes the newest version of the password's;
 * 3. the cache takes it beside the old one.
 *
 * One that broke off in 2 goes on with the same value; one that broke off in 3 is what any run of the site mends.
 */
export function rotationPlays(
  context: RoleContext,
  store: SecretStore & SecretRotation,
): Play<RoleContext>[] {
  const { redis, secrets } = context.inventory;
  if (redis === undefined) return [];
  const { passwordParameter } = redis;
  const next = `${passwordParameter}-next`;
  const options = secrets.kmsKeyArn === undefined ? {} : { kmsKeyArn: secrets.kmsKeyArn };
  return [
    {
      ...play(context, 'the cache has one password', (it) => [...passwordTasks(it), ...onePasswordTasks(it)]),
      prerequisites: () => [
        {
          name: `no ${next} is left of a rotation that broke off`,
          check: async () => !(await store.same(next, passwordParameter)),
          apply: () => store.remove(next),
        },
      ],
    },
    {
      ...play(context, 'the new one opens it too', passwordTasks),
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
        {
          name: `the value of ${passwordParameter}`,
          check: () => store.same(next, passwordParameter),
          apply: () => store.copy(next, passwordParameter, options),
        },
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
