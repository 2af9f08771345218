import type { NodeValue, Shell } from '../../../provisioner/engine/shell';
import type { Task } from '../../../provisioner/engine/task';
import type { RoleContext } from '../../../provisioner/roles/context';
import {
  nextPasswordTasks,
  onePasswordTasks,
  passwordTasks,
  redisPasswordPrerequisites,
  retireTasks,
} from '../../../provisioner/roles/redis/password';
import { rotationPlays } from '../../../provisioner/roles/redis/rotation';
import {
  type Bench,
  bench,
  fingerprint,
  lint,
  shellcheck,
  shells,
  type TestShell,
} from '../../tasks/harness';
import { exampleContext, exampleInventory } from '../example';

const redis = {
  userId: 'stagecraft-test-app',
  userName: 'stagecraft-test-app',
  passwordParameter: '/stagecraft/test/redis/password',
};
const context = exampleContext({}, exampleInventory(1, { redis }));
const secretOf = (version: number) => `${version}`.repeat(20);

/** The only task there is, without its condition: the bench is the first server. */
function only(tasks: readonly Task[]): Task {
  const [task] = tasks;
  if (task === undefined) throw new Error('no task');
  const { onlyIf: _, ...rest } = task;
  return rest;
}

const give = only(passwordTasks(context));
const next = only(nextPasswordTasks(context));
const one = only(onePasswordTasks(context));
const retire = only(retireTasks(context));

/** A node of this test's own that has everything it needs, and a user without a password. */
function makeNode(shell: TestShell): Bench {
  const on = bench({ shell });
  for (const [name, content] of Object.entries({
    ...{ status: 'active', error: '', argv: '', throttled: '0', version: '1', type: 'iam', count: '0' },
    ...Object.fromEntries([1, 2, 3].map((version) => [`value.${version}`, secretOf(version)])),
  }))
    on.write(name, content);
  on.fake('sleep', ':');
  on.fake('curl', curl(on.dir));
  return on;
}

/** The passwords of the last ModifyUser, as they came in. */
function given(on: Bench) {
  return [...on.read('modified').matchAll(/Passwords\.member\.\d=([^"\n]*)/g)].map(([, value]) => value);
}

describe.each(shells)('the password of the cache under $name', (shell) => {
  let on: Bench;
  beforeEach(() => {
    on = makeNode(shell);
  });
  afterEach(() => on.remove());

  it('is given to a user that has none, and not again', () => {
    on.converge(give);
    expect(given(on)).toEqual([secretOf(1)]);
    expect(on.read('modified')).toContain('AuthenticationMode.Type=password');
    expect(on.read('state/redis-password')).toBe('stagecraft-test-app 1\n');
  });

  it('comes beside the one before when it is changed; the older one goes when it is retired', () => {
    on.converge(give);
    on.write('version', '2');
    on.converge(give);
    expect(given(on)).toEqual([secretOf(2), secretOf(1)]);
    expect(on.check(one).code).not.toBe(0);
    expect(on.apply(one).said).toContain('redis -- retire-password');
    on.converge(retire);
    expect(given(on)).toEqual([secretOf(2)]);
    expect(on.check(one).code).toBe(0);
    expect(on.check(give).code).toBe(0);
  });

  it('opens the cache before services read it, and goes on where it was when that broke off', () => {
    on.converge(give);
    on.write('value.next', 'next'.repeat(5));
    on.converge(next);
    expect(given(on)).toEqual(['next'.repeat(5), secretOf(1)]);
    expect(on.check(give).code).toBe(0);
    // Again from the start: the second password is that of the rotation itself.
    expect(on.check(one).code).toBe(0);
    on.write('version', '2');
    expect(on.check(one).code).not.toBe(0);
    on.converge(give);
    expect(given(on)).toEqual([secretOf(2), secretOf(1)]);
    expect(on.read('state/redis-password')).toBe('stagecraft-test-app 2\n');
    expect(on.check(one).code).not.toBe(0);
  });

  it('that waits is remembered before it is given: a refusal in between is no second password of somebody else', () => {
    on.converge(give);
    on.write('value.next', 'next'.repeat(5));
    on.write('error.ModifyUser', 'AccessDenied');
    expect(on.apply(next)).toMatchObject({
      code: 1,
      said: expect.stringContaining('elasticache:ModifyUser'),
    });
    expect(given(on)).toEqual([secretOf(1)]);
    // As if the node had been lost behind the change.
    on.write('count', '2');
    expect(on.check(one).code).toBe(0);
    expect(on.check(give).code).toBe(0);
  });

  it('waits until a change of the user that is under way is over', () => {
    on.write('status', 'modifying\nmodifying\nactive');
    expect(on.apply(give).code).toBe(0);
    expect(given(on)).toEqual([secretOf(1)]);
  });

  it('is refused when it cannot be one', () => {
    const value = `${'x'.repeat(20)}\\"\\nurl = \\"http://evil/`;
    on.write('value.1', value);
    const { code, said, output } = on.apply(give);
    expect([code, said]).toEqual([1, expect.stringContaining('cannot be the cache')]);
    expect(said + output).not.toContain(value);
    expect(() => on.read('modified')).toThrow();
  });

  (shellcheck ? it : it.skip)('is clean', () => {
    for (const task of [give, next, one, retire]) expect(lint(task)).toBe('');
  });
});

describe.each(shells.slice(0, 1))('the password of the cache', (shell) => {
  let on: Bench;
  beforeEach(() => {
    on = makeNode(shell);
  });
  afterEach(() => on.remove());
  const is = (state: Readonly<Record<string, string | number>>) => {
    for (const [name, value] of Object.entries(state)) on.write(name, String(value));
  };

  it('is never retired in favour of one that the cache does not have yet', () => {
    on.converge(give);
    is({ version: 2 });
    expect(on.apply(retire)).toMatchObject({ code: 1, said: expect.stringContaining('provision first') });
    expect(given(on)).toEqual([secretOf(1)]);
  });

  it('of before is not let in again by a new server that knows nothing of it', () => {
    is({ version: 3, type: 'password', count: 1 });
    on.converge(give);
    expect(given(on)).toEqual([secretOf(3)]);
  });

  it('of before stays where a new server takes over in the middle of a change', () => {
    is({ version: 3, type: 'password', count: 2 });
    on.converge(give);
    expect(given(on)).toEqual([secretOf(3), secretOf(2)]);
  });

  it('that was retired is not let in again by a new server while another one waits', () => {
    is({ version: 3, type: 'password', count: 2, 'value.next': 'next'.repeat(5) });
    on.converge(give);
    expect(given(on)).toEqual([secretOf(3)]);
    is({ version: 3, type: 'password', count: 2, 'value.next': secretOf(3), 'state/redis-password': '' });
    on.converge(give);
    expect(given(on)).toEqual([secretOf(3), secretOf(2)]);
  });

  it('is the only one where the record is of another user, of a parameter that began anew, or damaged', () => {
    for (const record of ['another-user 1', 'stagecraft-test-app 9', 'stagecraft-test-app 1x', '']) {
      is({ version: 2, type: 'password', count: 1 });
      on.write('state/redis-password', record);
      on.converge(give);
      expect(given(on)).toEqual([secretOf(2)]);
    }
  });

  it('is tried again when the service throttles', () => {
    on.write('throttled', '2');
    on.converge(give);
    expect(given(on)).toEqual([secretOf(1)]);
  });

  it.each([
    ['AccessDenied', 'not allowed elasticache:DescribeUsers on the user stagecraft-test-app'],
    ['UserNotFound', 'the cache has no user stagecraft-test-app'],
    ['InvalidParameterValue', 'does not take the value of /stagecraft/test/redis/password'],
    ['Throttling', 'ElastiCache refuses DescribeUsers for the user stagecraft-test-app: Throttling'],
  ])('says why, when the service answers %s', (code, message) => {
    on.write('error', code);
    expect(on.check(give).code).not.toBe(0);
    expect(on.apply(give)).toMatchObject({ code: 1, said: expect.stringContaining(message) });
  });

  it('says why, when the parameter is not there', () => {
    on.write('version', '');
    const { code, said } = on.apply(give);
    expect([code, said]).toEqual([1, expect.stringContaining('ParameterNotFound')]);
  });

  it.each(['short', 'with a space in the middle', 'x'.repeat(129)])('is refused when it is %j', (value) => {
    on.write('value.1', value);
    const { code, said } = on.apply(give);
    expect([code, said]).toEqual([1, expect.stringContaining('cannot be the cache')]);
  });

  it('is in no argument and no output', () => {
    const { before, applied } = on.converge(give);
    const all = [before, applied].map(({ output, said }) => output + said).join('') + on.read('argv');
    expect(all).not.toContain(secretOf(1));
    for (const task of [give, next, one, retire]) expect(task.sensitive).toBe(true);
  });

  it('is only looked at by the checks', () => {
    on.converge(give);
    const before = fingerprint(on.dir).replace(/.*argv.*\n/, '');
    for (const task of [give, next, one, retire]) on.check(task);
    expect(fingerprint(on.dir).replace(/.*argv.*\n/, '')).toBe(before);
  });
});

/** A curl that plays the metadata service, Parameter Store and ElastiCache by what lies in the folder. */
function curl(dir: string): string {
  return `
cd '${dir}'
echo "$@" >>argv
request=$(cat)
case "$* $request" in
  *api/token*) echo session ;;
  *security-credentials/node-role*) echo '{"AccessKeyId":"AKIA","SecretAccessKey":"key","Token":"tok"}' ;;
  *security-credentials/*) echo node-role ;;
  *placement/region*) echo ap-northeast-2 ;;
  *AmazonSSM.GetParameter*)
    case $request in *password-next*)
      if [ ! -e value.next ]; then echo '{"__type":"ParameterNotFound"}'; exit 0; fi
      printf '{"Parameter":{"Value":"%s","Version":1}}' "$(cat value.next)"
      exit 0
      ;;
    esac
    version=$(printf '%s' "$request" | sed -n 's/.*password:\\([0-9]*\\).*/\\1/p')
    [ -n "$version" ] || version=$(cat version)
    if [ -z "$version" ]; then echo '{"__type":"ParameterNotFound"}'; exit 0; fi
    printf '{"Parameter":{"Name":"x","Value":"%s","Version":%s}}' "$(cat "value.$version")" "$version"
    ;;
  *:elasticache*)
    throttled=$(cat throttled) error=$(cat error)
    case $request in *Action=ModifyUser*) [ ! -s error.ModifyUser ] || error=$(cat error.ModifyUser) ;; esac
    if [ "$throttled" -gt 0 ]; then echo $((throttled - 1)) >throttled; error=Throttling; fi
    if [ -n "$error" ]; then
      printf '<ErrorResponse>\\n  <Error>\\n    <Type>Sender</Type>\\n    <Code>%s</Code>\\n  </Error>\\n</ErrorResponse>\\n' "$error"
      exit 0
    fi
    case $request in
      *Action=ModifyUser*)
        printf '%s\\n' "$request" >modified
        echo password >type
        printf '%s\\n' "$request" | grep -c 'Passwords.member' >count
        echo '<ModifyUserResponse><ModifyUserResult/></ModifyUserResponse>'
        ;;
      *)
        status=$(head -n 1 status)
        if [ "$(wc -l <status)" -gt 0 ]; then sed 1d status >left && mv left status; fi
        printf '<DescribeUsersResponse>\\n <DescribeUsersResult>\\n  <Status>%s</Status>\\n  <Authentication><Type>%s</Type><PasswordCount>%s</PasswordCount></Authentication>\\n </DescribeUsersResult>\\n</DescribeUsersResponse>\\n' "$status" "$(cat type)" "$(cat count)"
        ;;
    esac
    ;;
esac`;
}

describe('who gives it', () => {
  it('is the first server, for all', () => {
    const three = exampleContext({ servers: { count: 3 } }, exampleInventory(3, { redis }));
    const condition = JSON.stringify(partsOf(passwordTasks(three)[0]?.onlyIf));
    expect(condition).toContain('test-server-1');
  });

  it('is nobody where the inventory is of before its user was in it', () => {
    const before = exampleContext();
    expect(passwordTasks(before)).toEqual([]);
    expect(redisPasswordPrerequisites(before, store().store)).toEqual([]);
    expect(rotationPlays(before, store().store, false)).toEqual([]);
  });
});

function partsOf(shell: Shell | undefined): readonly (string | readonly (string | NodeValue)[])[] {
  return (shell?.parts ?? []).map((part) => (typeof part === 'string' ? part : part.quoted));
}

/** A store that keeps what it is given. */
function store(...names: string[]) {
  const values = new Map(names.map((name) => [name, 'old']));
  const asked: unknown[][] = [];
  return {
    values,
    asked,
    store: {
      exists: async (name: string) => values.has(name),
      create: async (...all: [string, string, object?]) => {
        asked.push(['create', ...all]);
        values.set(all[0], all[1]);
      },
      same: async (a: string, b: string) => values.has(a) && values.get(a) === values.get(b),
      copy: async (...all: [string, string, object?]) => {
        asked.push(['copy', ...all]);
        values.set(all[1], values.get(all[0]) ?? '');
      },
      version: async () => 1,
      remove: async (name: string) => {
        values.delete(name);
      },
    },
  };
}

const withKey = (): RoleContext => {
  const inventory = exampleInventory(1, { redis });
  const secrets = { ...inventory.secrets, kmsKeyArn: 'arn:aws:kms:x' };
  return exampleContext({}, { ...inventory, secrets });
};

test('the password is made once, 32 random bytes, with the key of the environment', async () => {
  const { store: made, asked } = store();
  const [prerequisite] = redisPasswordPrerequisites(withKey(), made);
  expect(await prerequisite?.check()).toBe(false);
  await prerequisite?.apply();
  expect(await prerequisite?.check()).toBe(true);
  expect(asked).toEqual([
    [
      'create',
      redis.passwordParameter,
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.objectContaining({ kmsKeyArn: 'arn:aws:kms:x' }),
    ],
  ]);
  expect(JSON.stringify(prerequisite)).not.toContain(String(asked[0]?.[2]));
});

describe('a rotation', () => {
  const next = `${redis.passwordParameter}-next`;
  async function meet(made: ReturnType<typeof store>, plays = Number.POSITIVE_INFINITY) {
    const isInForce = await made.store.same(next, redis.passwordParameter);
    for (const play of rotationPlays(withKey(), made.store, isInForce).slice(0, plays))
      for (const { check, apply } of play.prerequisites?.(withKey()) ?? [])
        if (!(await check())) await apply();
  }

  it('makes a new value the newest of the parameter, with the key of the environment, and leaves nothing', async () => {
    const made = store(redis.passwordParameter);
    await meet(made);
    expect(made.values.get(redis.passwordParameter)).toMatch(/^[0-9a-f]{64}$/);
    expect([...made.values.keys()]).toEqual([redis.passwordParameter]);
    expect(made.asked.at(-1)).toEqual([
      'copy',
      next,
      redis.passwordParameter,
      { kmsKeyArn: 'arn:aws:kms:x' },
    ]);
  });

  it('gives services nothing new before the play in which the cache takes it is over', async () => {
    const made = store(redis.passwordParameter);
    await meet(made, 2);
    expect(made.values.get(redis.passwordParameter)).toBe('old');
    expect(made.values.get(next)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([1, 2, 3])('that broke off in play %d goes on with the same value', async (plays) => {
    const made = store(redis.passwordParameter);
    made.values.set(next, 'waiting');
    await meet(made, plays);
    await meet(made);
    expect(Object.fromEntries(made.values)).toEqual({ [redis.passwordParameter]: 'waiting' });
  });

  it('that is in force already begins no other one', () => {
    const names = (isInForce: boolean) =>
      rotationPlays(withKey(), store().store, isInForce).map(({ name }) => name);
    expect(names(false)).toHaveLength(4);
    expect(names(true)).toEqual(names(false).slice(2));
  });
});
