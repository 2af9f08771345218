import { ElasticacheUser } from '@cdktf/provider-aws/lib/elasticache-user';
import { ElasticacheUserGroup } from '@cdktf/provider-aws/lib/elasticache-user-group';
import { Construct } from 'constructs';
import { singleHyphens } from './aws-name';
import type { Grantee } from './grantee';

export interface CacheUsersArgs {
  /** `<project>-<environment>`, up to 32 characters. */
  readonly name: string;
}

/**
 * Every key and channel, and every command but the dangerous ones (`FLUSHALL`, `CONFIG`, `SHUTDOWN` …) save two: `INFO`
 * is what health checks ask, `KEYS` what some libraries look sessions up with. Order matters: a later word wins.
 */
const permissions = 'on ~* &* +@all -@dangerous +info +keys';

/**
 * Who may use the cache: one user for the services. The user named `default`, whom a client without a name is taken for,
 * is switched off (a group has to have one).
 *
 * **Where its password is.** Not here: what Terraform sets is in its state. The provider's write-only arguments for
 * AUTH tokens and passwords of users came after the releases that these stacks take, so the user starts with IAM
 * authentication, which no password opens and which nobody is granted. Then the provisioner makes a password in Parameter
 * Store, and a server gives it to the user with `ModifyUser` (role `redis`); Terraform ignores how the user authenticates from then on. ElastiCache
 * takes two passwords a user, so that a new one can come before the old one goes.
 *
 * Cost: none.
 */
export class CacheUsers extends Construct {
  readonly #services: ElasticacheUser;
  readonly #group: ElasticacheUserGroup;

  constructor(scope: Construct, id: string, args: CacheUsersArgs) {
    super(scope, id);
    const name = singleHyphens(`${args.name}-app`, 40);
    const nobody = new ElasticacheUser(this, 'default', {
      userId: singleHyphens(`${args.name}-default`, 40),
      userName: 'default',
      engine: 'redis',
      accessString: 'off -@all',
      noPasswordRequired: true,
    });
    this.#services = new ElasticacheUser(this, 'services', {
      // With IAM both have to be the same.
      userId: name,
      userName: name,
      // Valkey takes users and groups of this engine too: a change of the engine keeps them.
      engine: 'redis',
      accessString: permissions,
      authenticationMode: { type: 'iam' },
      lifecycle: { ignoreChanges: ['authentication_mode'] },
    });
    this.#group = new ElasticacheUserGroup(this, 'group', {
      userGroupId: singleHyphens(`${args.name}-users`, 40),
      engine: 'redis',
      userIds: [nobody.userId, this.#services.userId],
    });
  }

  get groupId(): string {
    return this.#group.userGroupId;
  }

  get userId(): string {
    return this.#services.userId;
  }

  get userName(): string {
    return this.#services.userName;
  }

  /** Lets somebody give the user a password: a request that sets another kind of authentication, or none, is refused. */
  grantSetPassword(grantee: Grantee): void {
    grantee.addPolicy('set-cache-password', [
      { sid: 'SeeUser', actions: ['elasticache:DescribeUsers'], resources: [this.#services.arn] },
      {
        sid: 'SetPassword',
        actions: ['elasticache:ModifyUser'],
        resources: [this.#services.arn],
        condition: { StringEquals: { 'elasticache:UserAuthenticationMode': 'password' } },
      },
    ]);
  }
}
