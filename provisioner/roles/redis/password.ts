import { randomBytes } from 'node:crypto';
import type { Prerequisite } from '../../engine/play';
import { sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import type { SecretStore } from '../../secrets/store';
import type { RoleContext } from '../context';
import { nodeName, serversOf } from '../k3s/parts';
import { definesUser } from './elasticache';

/**
 * The password exists: made once, straight into Parameter Store, 64 hexadecimal digits (ElastiCache takes 16 to 128
 * characters). Nothing where the environment has no cache, or was deployed before the inventory told of its user.
 */
export function redisPasswordPrerequisites(
  { inventory }: RoleContext,
  store: SecretStore,
): readonly Prerequisite[] {
  const { redis, secrets, project, environment } = inventory;
  if (redis === undefined) return [];
  return [
    {
      name: `password of the cache ${redis.passwordParameter}`,
      check: () => store.exists(redis.passwordParameter),
      apply: () =>
        store.create(redis.passwordParameter, newPassword(), {
          ...(secrets.kmsKeyArn !== undefined && { kmsKeyArn: secrets.kmsKeyArn }),
          description: `Password of ${redis.userName}, the services' user of the cache of ${project} ${environment}, made by stagecraft`,
        }),
    },
  ];
}

export function newPassword(): string {
  return randomBytes(32).toString('hex');
}

/**
 * The services' user of the cache has the newest version of the parameter as a password. The version before it stays
 * valid beside it (ElastiCache takes two) until somebody retires it, so that services may take the new one in their own
 * time. The first server does it for all.
 */
export function passwordTasks(context: RoleContext): Task[] {
  return task(context, {
    name: 'the cache has its password',
    check: sh`ask DescribeUsers
count_passwords
versions
if [ "$passwords" = 0 ]; then
  echo "no password opens the user $user"
  exit 1
fi
if [ "$known" != "$version" ]; then
  echo "the user $user was not given version $version of $parameter"
  exit 1
fi`,
    apply: sh`versions
settled
older=
if [ "$passwords" != 0 ] && [ -n "$known" ] && [ "$known" -lt "$version" ]; then
  older=$known
elif [ "$passwords" = 2 ] && [ -z "$known" ] && [ "$version" -gt 1 ] && ! waits; then
  # A new server in the middle of a change of the password. One that only waits is not a change that a service knows of.
  older=$((version - 1))
fi
give "$older"`,
  });
}

/** Where a new password waits until the cache takes it. */
export function nextPassword(passwordParameter: string): string {
  return `${passwordParameter}-next`;
}

/**
 * The cache takes the password that waits beside the one in use. Given in every run: how many passwords there are can be
 * asked, not which.
 */
export function nextPasswordTasks(context: RoleContext): Task[] {
  return task(context, {
    name: 'the new password opens the cache too',
    check: sh`if [ ! -e "$SC_TMP/next-password" ]; then
  echo 'the new password is to be given'
  exit 1
fi`,
    apply: sh`versions
settled
give_next
: >"$SC_TMP/next-password"`,
  });
}

/** Only one password opens the user, or the second is of a rotation that broke off: what a change of it begins with. */
export function onePasswordTasks(context: RoleContext): Task[] {
  return task(context, {
    name: 'no other change of the password is under way',
    check: sh`ask DescribeUsers
count_passwords
versions
[ "$passwords" = 1 ] || [ "$known $waiting" = "$version next" ]`,
    apply: sh`sc_say "two passwords open the cache: the change before this one is not finished. Restart the services, then retire the older one: npm run redis -- retire-password"
exit 1`,
  });
}

/** The version before the newest opens the user no longer. */
export function retireTasks(context: RoleContext): Task[] {
  return task(context, {
    name: 'the older password of the cache is retired',
    check: sh`ask DescribeUsers
count_passwords
versions
[ "$passwords:$known" = "1:$version" ]`,
    apply: sh`versions
settled
if [ "$known" != "$version" ]; then
  sc_say "version $version of $parameter is not yet a password of the cache, so no service can have it: provision first"
  exit 1
fi
give ''`,
  });
}

function task(context: RoleContext, body: Pick<Task, 'name' | 'check' | 'apply'>): Task[] {
  const { redis } = context.inventory;
  const [first] = serversOf(context);
  if (redis === undefined || first === undefined) return [];
  return [
    {
      ...body,
      define: definesUser(redis.userId, redis.passwordParameter),
      onlyIf: sh`[ ${nodeName(context)} = ${first.name} ]`,
      sensitive: true,
    },
  ];
}
