import { randomBytes } from 'node:crypto';
import type { Play, Prerequisite } from '../../engine/play';
import { type Shell, sh } from '../../engine/shell';
import type { Handler, Task } from '../../engine/task';
import type { SecretRotation, SecretStore } from '../../secrets/store';
import { absent, command, directory, file, secret } from '../../tasks';
import type { RoleContext } from '../context';
import { agent, isHighlyAvailable, type Kind, paths, server, serversOf } from './parts';
import { readyTasks } from './service';
import { ON_DEMAND } from './snapshots';

/** Where the new token waits until every server has it. */
export function nextToken({ inventory }: Pick<RoleContext, 'inventory'>): string {
  return `${inventory.secrets.k3sToken}-next`;
}

/**
 * A new join token in the place of the old one, so that no interruption leaves a node that can't start:
 *
 * 1. it is made in a parameter of its own, and every node gets it beside the old one. A server that fails to start from
 *    now on tries the other one of both (see `bothTokens`);
 * 2. the cluster takes it, through the first server;
 * 3. the servers take it, one at a time;
 * 4. it becomes the parameter's value, and the agents take it. An agent that restarts before is let in by its certificate;
 * 5. the old one is forgotten on the nodes. Parameter Store keeps it as an older version: snapshots from before need it.
 *
 * Every step is skipped where it has been done: a rotation that broke off is run again.
 */
export function tokenRotationPlays(
  context: RoleContext,
  store: SecretStore & SecretRotation,
): Play<RoleContext>[] {
  const { k3sToken, kmsKeyArn } = context.inventory.secrets;
  const next = nextToken(context);
  const [first] = serversOf(context);
  if (first === undefined) return [];
  const play = (
    name: string,
    hosts: string,
    tasks: readonly Task[],
    more: Partial<Play<RoleContext>> = {},
  ): Play<RoleContext> => ({
    name,
    hosts,
    roles: [{ name: 'token', tasks: () => tasks }],
    anyErrorsFatal: true,
    ...more,
  });
  return [
    play('servers get the new token beside the old one', 'servers', bothTokens(context), {
      prerequisites: () => [newToken(context, store)],
    }),
    play('agents get the new token beside the old one', 'agents', [waitingToken(context)]),
    play('the cluster takes the new token', first.name, [rotate()]),
    play('servers take it', 'servers', takeIt(context, server, next), { serial: 1 }),
    play(`the new token is the value of ${k3sToken}`, first.name, [ready(first.name)], {
      prerequisites: () => [
        {
          name: `the value of ${k3sToken}`,
          check: () => store.same(next, k3sToken),
          apply: () => store.copy(next, k3sToken, kmsKeyArn === undefined ? {} : { kmsKeyArn }),
        },
      ],
    }),
    play('agents take it', 'agents', takeIt(context, agent, k3sToken)),
    ...(isHighlyAvailable(context) ? [play('a snapshot with the new token', first.name, [snapshot()])] : []),
    play('servers forget the old token', 'servers', forget(true)),
    play('agents forget the old token', 'agents', forget(false)),
    play('the rotation is complete', first.name, [ready(first.name)], {
      prerequisites: () => [
        {
          name: `no ${next} is left`,
          check: async () => !(await store.exists(next)),
          apply: () => store.remove(next),
        },
      ],
    }),
  ];
}

const files = {
  next: `${paths.token}.next`,
  before: `${paths.token}.before`,
  trying: `${paths.token}.trying`,
  script: `${paths.config}/token-rotation.sh`,
} as const;

const dropInFolder = '/etc/systemd/system/k3s.service.d';
const reloadUnits: Handler = { name: 'reload units', apply: sh`systemctl daemon-reload` };

/** Made once for a rotation: one that broke off goes on with the same. */
function newToken({ inventory }: RoleContext, store: SecretStore): Prerequisite {
  const { kmsKeyArn } = inventory.secrets;
  const name = nextToken({ inventory });
  return {
    name: `new join token ${name}`,
    check: () => store.exists(name),
    apply: () =>
      store.create(name, randomBytes(32).toString('hex'), {
        ...(kmsKeyArn !== undefined && { kmsKeyArn }),
        description: `K3s join token that is about to take the place of ${inventory.secrets.k3sToken}`,
      }),
  };
}

/**
 * A server can't start with another token than the one that the cluster's data is encrypted with, and for a moment nobody
 * can say on every server which one that is. So it has both, and a start that failed is followed by one with the other.
 */
function bothTokens(context: RoleContext): Task[] {
  return [
    waitingToken(context),
    command({
      name: 'the old token is kept',
      sensitive: true,
      // One that has the new token already has forgotten the old one, or is about to: there is none to keep any more.
      unless: sh`cmp -s ${paths.token} ${files.next} || { [ -s ${files.before} ] && ! cmp -s ${files.before} ${files.next}; }`,
      command: sh`sc_write ${files.before} 0600 root root <${paths.token}`,
    }),
    file({ path: files.script, mode: '0700', content: otherToken }),
    directory({ path: dropInFolder }),
    file({
      name: 'a start that fails tries the other token',
      path: `${dropInFolder}/token-rotation.conf`,
      content: dropIn,
      notify: [reloadUnits],
    }),
  ];
}

/** Runs before each start of a server while it has both tokens. */
export const otherToken = `#!/bin/sh
# Written by stagecraft for the time of a token rotation. Runs before each start of K3s.
cd ${paths.config} || exit 0
[ -s token.next ] && [ -s token.before ] || exit 0
umask 077
# The start before this one failed with this very token, and nobody has given another one since.
if cmp -s token token.trying; then
  if cmp -s token token.next; then other=token.before; else other=token.next; fi
  cp -p "$other" token.other && mv -f token.other token
fi
cp token token.trying
`;

const dropIn = `# Written by stagecraft for the time of a token rotation.
[Service]
ExecStartPre=-/bin/sh ${files.script}
ExecStartPost=-/bin/rm -f ${files.trying}
`;

function waitingToken(context: RoleContext): Task {
  return secret({ name: 'new token, not yet in use', path: files.next, parameter: nextToken(context) });
}

/**
 * Asks the server's supervisor for it, as `k3s token rotate` does. That command takes the new token as an argument, which
 * every user of the node could read; here it goes through a pipe.
 */
function rotate(): Task {
  return command({
    name: 'the cluster has the new token',
    sensitive: true,
    unless: sh`${inForce}
[ "$(in_force)" = "$(cat ${files.next})" ]`,
    command: sh`${inForce}
if [ "$(in_force)" != "$(cat ${files.before})" ]; then
  sc_say 'the token that is in force on this server is neither the old nor the new one: nothing was changed. Is /etc/rancher/k3s/token the one that K3s started with?'
  exit 1
fi
code=$({
  printf 'url = "https://127.0.0.1:6443/v1-k3s/token"\\nrequest = "PUT"\\n'
  printf 'cacert = "%s"\\n' ${`${paths.data}/server/tls/server-ca.crt`}
  printf 'user = "server:%s"\\n' "$(in_force)"
  printf 'header = "Content-Type: application/json"\\n'
  printf 'data = "{\\\\"newToken\\\\":\\\\"%s\\\\"}"\\n' "$(cat ${files.next})"
} | curl -sS --max-time 120 -o "$SC_TMP/rotated" -w '%{http_code}' -K - 2>"$SC_TMP/why") || {
  sc_say "K3s does not answer on this server: $(tail -n 1 "$SC_TMP/why")"
  exit 1
}
if [ "$code" != 200 ]; then
  sc_say "K3s did not take the new token: status $code; its journal says why. The old one is still in force."
  exit 1
fi
# The others read it from etcd. The command of K3s waits as well.
sleep 1`,
  });
}

/** The password in the file that K3s keeps its token in: `K10<hash>::server:<password>`, or as it was given. */
const inForce: Shell = sh`in_force() { sed 's/.*://' ${`${paths.data}/server/token`}; }`;

function takeIt(context: RoleContext, kind: Kind, parameter: string): Task[] {
  return [
    secret({ name: 'join token', path: paths.token, parameter, notify: [kind.restart] }),
    ...readyTasks(context, kind),
  ];
}

function snapshot(): Task {
  return command({
    name: 'snapshot of etcd with the new token',
    unless: sh`if [ ! -e "$SC_TMP/snapshot" ]; then
  echo 'the last one needs the old token'
  exit 1
fi`,
    command: sh`k3s etcd-snapshot save --name ${ON_DEMAND}
: >"$SC_TMP/snapshot"`,
  });
}

function forget(isServer: boolean): Task[] {
  const nodes = [files.next, files.before, files.trying].map((path) =>
    absent({ path, name: `no ${path}`, sensitive: true }),
  );
  if (!isServer) return nodes;
  return [
    ...nodes,
    absent({ path: files.script }),
    absent({
      name: 'a start takes the one token that there is',
      path: `${dropInFolder}/token-rotation.conf`,
      notify: [reloadUnits],
    }),
  ];
}

/** A play needs a task; what this one is about happens on the controller. */
function ready(name: string): Task {
  return { name: `${name} is ready`, check: sh`k3s kubectl get --raw /readyz >/dev/null`, apply: sh`:` };
}
