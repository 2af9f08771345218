import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../provisioner/engine/play';
import { freePort } from '../../provisioner/sandbox/free-port';
import { SshTransport } from '../../provisioner/transports/ssh';
import type { SshTimes } from '../../provisioner/transports/ssh-connection';
import type { SshTarget } from '../../provisioner/transports/ssh-target';
import type { Outcome, RunRequest } from '../../provisioner/transports/transport';
import { hasTool } from '../engine/shells';
import { SshLab, sshdObstacle } from './sshd';

const obstacle = sshdObstacle();
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);
const withSshd = obstacle === undefined ? describe : describe.skip;

/** The real client against a real sshd on loopback. */
withSshd('SSH', () => {
  let lab: SshLab;
  let transport: SshTransport;

  beforeEach(() => {
    lab = new SshLab();
  });
  afterEach(async () => {
    await transport?.close();
    await lab.remove();
  });

  const node: Host = { name: 'node-1', id: 'i-00000000000000001', groups: [] };
  const never = new AbortController().signal;

  function connectTo(target: SshTarget, times?: Partial<SshTimes>): void {
    transport = new SshTransport({
      home: lab.folder,
      targetOf: () => target,
      times: { connect: 30_000, keepalive: 5_000, ...times },
    });
  }

  async function run(script: string, more: Partial<RunRequest> = {}): Promise<Outcome> {
    const outcomes: Outcome[] = [];
    await transport.run({
      script,
      hosts: [node],
      comment: 'test',
      forks: 10,
      timeoutSeconds: 60,
      signal: never,
      onOutcome: (_, outcome) => outcomes.push(outcome),
      ...more,
    });
    expect(outcomes).toHaveLength(1);
    return outcomes[0] ?? { kind: 'unreachable', reason: 'no outcome' };
  }

  async function reason(): Promise<string> {
    const state = (await transport.reachable([node], never)).get(node.name);
    return state?.online === false ? state.reason : 'it is online';
  }

  /** Waits for what another process does. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(10);
  }

  function isAlive(pid: number): boolean {
    try {
      // A zombie is as dead as can be here.
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  }

  describe('a script', () => {
    test('its output, its error and its exit code come back; it knows the id of its node', async () => {
      connectTo(lab.target(await lab.sshd()));
      expect(await run('echo "out $STAGECRAFT_NODE_ID"\necho wrong >&2\nexit 7\n')).toEqual({
        kind: 'finished',
        exitCode: 7,
        stdout: 'out i-00000000000000001\n',
        stderr: 'wrong\n',
      });
    });

    test('goes through standard input, not into an argument list, however long it is', async () => {
      connectTo(lab.target(await lab.sshd()));
      const needle = `needle-${randomBytes(8).toString('hex')}`;
      const filler = `: ${'x'.repeat(100)}\n`.repeat(4_000);
      const outcome = await run(
        `${filler}: ${needle}\ncat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '\n`,
      );
      expect(outcome).toMatchObject({ kind: 'finished', exitCode: 0 });
      expect(outcome.kind === 'finished' && outcome.stdout).toContain('sshd');
      expect(outcome.kind === 'finished' && outcome.stdout).not.toContain(needle);
    });

    test('many scripts share one connection', async () => {
      const sshd = await lab.sshd();
      connectTo(lab.target(sshd));
      expect(await transport.reachable([node], never)).toEqual(new Map([['node-1', { online: true }]]));
      for (let index = 0; index < 3; index += 1)
        expect(await run('echo hello\n')).toMatchObject({ stdout: 'hello\n' });
      expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
      expect(transport.usage).toEqual({ commands: 3, apiCalls: 0, throttles: 0 });
    });

    test('what the login shell prints first is no output of the script', async () => {
      const greeting = lab.write('greeting', 'echo welcome; echo "::started x"\n');
      connectTo(lab.target(await lab.sshd({ config: [`SetEnv BASH_ENV=${greeting}`] })));
      expect(await run('echo hello\n')).toMatchObject({ kind: 'finished', stdout: 'hello\n' });
    });

    test('50 MB of output arrive in full and are not kept: only the first part is', async () => {
      connectTo(lab.target(await lab.sshd()));
      const outcome = await run('head -c 50000000 /dev/zero | tr "\\0" x\necho end >&2\n');
      expect(outcome).toMatchObject({ kind: 'finished', exitCode: 0, stderr: 'end\n' });
      expect(outcome.kind === 'finished' && outcome.stdout.length).toBe(transport.limits.outputChars);
    });

    test('whose sshd process dies under it: the outcome says so', async () => {
      connectTo(lab.target(await lab.sshd()));
      const outcome = await run('kill -s KILL "$(cut -d" " -f4 /proc/$$/stat)"\nsleep 1000\n');
      expect(outcome).toMatchObject({ kind: 'lost', reason: expect.stringMatching(/connection was lost/) });
    });

    test('a process that it leaves behind with its output does not hold it up', async () => {
      connectTo(lab.target(await lab.sshd()));
      const outcome = await run(`sleep 1000 & echo $!\n`);
      expect(outcome).toMatchObject({ kind: 'finished', exitCode: 0 });
      process.kill(Number(outcome.kind === 'finished' && outcome.stdout), 'SIGKILL');
    });

    test('one that is broken does not run by half', async () => {
      const marker = lab.path('ran');
      connectTo(lab.target(await lab.sshd()));
      expect(await run(`touch ${marker}\nif true; then\n`)).toMatchObject({ kind: 'finished' });
      expect(existsSync(marker)).toBe(false);
    });
  });

  describe('a script that has to be stopped', () => {
    const lasting = (file: string) =>
      `sleep 1000 & echo begun\necho $! >${file}.new; mv ${file}.new ${file}\nwait\n`;

    test('at its time limit it is killed with all that it started', async () => {
      connectTo(lab.target(await lab.sshd()));
      const file = lab.path('pid');
      expect(await run(lasting(file), { timeoutSeconds: 5 })).toEqual({
        kind: 'timedOut',
        reason: expect.stringMatching(/time limit/),
        stdout: 'begun\n',
      });
      expect(isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
    });

    test('on Ctrl-C it is killed as well, and what has not begun is not sent', async () => {
      connectTo(lab.target(await lab.sshd()));
      const file = lab.path('pid');
      const abort = new AbortController();
      let told = '';
      const running = run(lasting(file), {
        signal: abort.signal,
        onOutput: (_host, chunk) => {
          told += chunk.toString();
        },
      });
      await until(() => existsSync(file) && told.includes('begun\n'));
      abort.abort();
      expect(await running).toMatchObject({ kind: 'cancelled', stdout: 'begun\n' });
      expect(isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
      expect(await run('true\n', { signal: abort.signal })).toMatchObject({ kind: 'cancelled' });
    });
  });

  describe('a connection that is lost', () => {
    test('in the middle of a script: the outcome says so; the next script has a new connection', async () => {
      const sshd = await lab.sshd();
      const cable = await lab.cable(sshd);
      connectTo(lab.target(sshd, { port: cable.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` }));
      const file = lab.path('begun');
      const [done, next] = [lab.path('done'), lab.path('next')];
      const running = run(`touch ${file}\n( sleep 1; touch ${done} ) >/dev/null\necho on\ntouch ${next}\n`);
      await until(() => existsSync(file));
      cable.cut();
      expect(await running).toMatchObject({
        kind: 'lost',
        reason: expect.stringMatching(/connection was lost/),
      });
      expect(await run('echo hello\n')).toMatchObject({ kind: 'finished', stdout: 'hello\n' });
      // On the node the step that ran goes on to its end; the script ends when it finds that nobody listens.
      await until(() => existsSync(done));
      await sleep(500);
      expect(existsSync(next)).toBe(false);
    });

    test('without a word: it is noticed all the same', async () => {
      const sshd = await lab.sshd();
      const cable = await lab.cable(sshd);
      const target = lab.target(sshd, { port: cable.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` });
      connectTo(target, { keepalive: 200 });
      const file = lab.path('begun');
      const running = run(`touch ${file}\nsleep 1000\n`);
      await until(() => existsSync(file));
      cable.freeze();
      expect(await running).toMatchObject({
        kind: 'lost',
        reason: expect.stringMatching(/Keepalive timeout/),
      });
    });
  });

  describe('host keys', () => {
    test('an unknown host is refused, with what to do', async () => {
      const sshd = await lab.sshd();
      connectTo(lab.target(sshd, { knownHosts: [lab.path('nothing')] }));
      expect(await reason()).toMatch(
        /host key of \[127\.0\.0\.1\]:\d+ is not known \(ssh-ed25519 SHA256:.*ssh-keyscan/,
      );
      expect(sshd.log()).not.toContain('Accepted');
    });

    test('a changed key is refused loudly, also with accept-new', async () => {
      const sshd = await lab.sshd();
      const other = lab.publicKey(lab.key('other'));
      const knownHosts = lab.write('changed', `# comment\n[127.0.0.1]:${sshd.port} ${other}\n`);
      connectTo(lab.target(sshd, { knownHosts: [knownHosts], acceptNew: true }));
      expect(await reason()).toMatch(/HAS CHANGED.*changed:2 has another.*ssh-keygen -R/);
      expect(await run('true\n')).toMatchObject({ kind: 'unreachable' });
    });

    test('a revoked key is refused, whatever else is said of it', async () => {
      const sshd = await lab.sshd();
      const key = lab.publicKey(sshd.hostKeys[0] ?? '');
      const knownHosts = lab.write('revoked', `[127.0.0.1]:${sshd.port} ${key}\n@revoked * ${key}\n`);
      connectTo(lab.target(sshd, { knownHosts: [knownHosts] }));
      expect(await reason()).toMatch(/is revoked in .*revoked:2/);
    });

    test('accept-new keeps an unknown key, and holds the host to it from then on', async () => {
      const sshd = await lab.sshd();
      const knownHosts = lab.path('new-folder/known_hosts');
      connectTo(lab.target(sshd, { knownHosts: [knownHosts], acceptNew: true }));
      expect(await run('echo hello\n')).toMatchObject({ stdout: 'hello\n' });
      expect(readFileSync(knownHosts, 'utf8')).toBe(
        `[127.0.0.1]:${sshd.port} ${lab.publicKey(sshd.hostKeys[0] ?? '')}\n`,
      );
      await transport.close();
      connectTo(lab.target(sshd, { knownHosts: [knownHosts] }));
      expect(await reason()).toBe('it is online');
    });

    test('a hashed name is found', async () => {
      const sshd = await lab.sshd();
      const salt = randomBytes(20);
      const hash = createHmac('sha1', salt).update(`[127.0.0.1]:${sshd.port}`).digest('base64');
      const key = lab.publicKey(sshd.hostKeys[0] ?? '');
      const knownHosts = lab.write('hashed', `|1|${salt.toString('base64')}|${hash} ${key}\n`);
      connectTo(lab.target(sshd, { knownHosts: [knownHosts] }));
      expect(await reason()).toBe('it is online');
    });

    test('of several keys the server shows the one that is known', async () => {
      const rsa = lab.key('host-rsa', 'rsa');
      const sshd = await lab.sshd({ hostKeys: [lab.key('host-ed'), lab.key('host-ec', 'ecdsa'), rsa] });
      const knownHosts = lab.write('rsa-only', `[127.0.0.1]:${sshd.port} ${lab.publicKey(rsa)}\n`);
      connectTo(lab.target(sshd, { knownHosts: [knownHosts] }));
      expect(await reason()).toBe('it is online');
    });
  });

  describe('signing in', () => {
    test('without a key', async () => {
      connectTo(lab.target(await lab.sshd(), { identityFiles: [lab.path('gone')] }));
      expect(await reason()).toMatch(/no key to sign in.*gone does not exist.*ssh-add/);
    });

    test('with a key that the node does not know', async () => {
      const stranger = lab.key('stranger');
      connectTo(lab.target(await lab.sshd(), { identityFiles: [stranger] }));
      expect(await reason()).toMatch(/lets root in with none of: .*stranger/);
    });

    test('as somebody that the node does not know', async () => {
      connectTo(lab.target(await lab.sshd(), { user: 'nobody-here' }));
      expect(await reason()).toMatch(/lets nobody-here in with none of/);
    });

    test('an agent that is long gone is no obstacle where a key file is at hand', async () => {
      mkdirSync(lab.path('.ssh'));
      copyFileSync(lab.identity, lab.path('.ssh/id_ed25519'));
      const sshd = await lab.sshd();
      connectTo(lab.target(sshd, { identityFiles: [], agent: lab.path('no-agent') }));
      expect(await reason()).toBe('it is online');
      await transport.close();
      rmSync(lab.path('.ssh'), { recursive: true });
      connectTo(lab.target(sshd, { identityFiles: [], agent: lab.path('no-agent') }));
      expect(await reason()).toMatch(/lets root in with none of: the keys of the agent/);
    });

    test('with a key that has a passphrase: through the agent, or with word of what is missing', async () => {
      const locked = lab.key('locked', 'ed25519', 'secret');
      const sshd = await lab.sshd({ authorized: [lab.publicKey(locked)] });
      connectTo(lab.target(sshd, { identityFiles: [locked] }));
      expect(await reason()).toMatch(/locked has a passphrase and is no key of the agent: `ssh-add/);
      const socket = lab.path('agent');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      try {
        await until(() => existsSync(socket));
        const askpass = lab.write('askpass', '#!/bin/sh\necho secret\n');
        execFileSync('chmod', ['700', askpass]);
        execFileSync('ssh-add', [lab.key('first'), locked], {
          env: {
            ...process.env,
            SSH_AUTH_SOCK: socket,
            SSH_ASKPASS: askpass,
            SSH_ASKPASS_REQUIRE: 'force',
            DISPLAY: ':0',
          },
          stdio: 'ignore',
        });
        await transport.close();
        connectTo(lab.target(sshd, { identityFiles: [locked], agent: socket }));
        expect(await reason()).toBe('it is online');
        // The key that was asked for is offered first: others would count against MaxAuthTries.
        expect(sshd.log()).not.toMatch(/Failed publickey/);
      } finally {
        agent.kill();
      }
    });
  });

  describe('a way that is blocked', () => {
    test('nothing listens', async () => {
      const sshd = await lab.sshd();
      connectTo(lab.target(sshd, { port: await freePort() }));
      expect(await reason()).toMatch(/nothing listens on 127\.0\.0\.1:\d+ \(connection refused\)/);
    });

    test('something listens and says nothing', async () => {
      const silent = createServer(() => {});
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const address = silent.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      connectTo(lab.target(await lab.sshd(), { port }), { connect: 500 });
      expect(await reason()).toMatch(/no answer from 127\.0\.0\.1:\d+/);
      silent.close();
    });

    test('something listens that is no SSH server', async () => {
      const rude = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
      const address = rude.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      connectTo(lab.target(await lab.sshd(), { port }));
      expect(await reason()).toMatch(/before it said that it is an SSH server|broke the connection off/);
      rude.close();
    });
  });

  describe('ProxyJump', () => {
    test('two hosts on the way, each of them verified; the nodes share the way', async () => {
      const [outer, inner, last] = [await lab.sshd(), await lab.sshd(), await lab.sshd()];
      const jump = lab.target(inner, { jump: lab.target(outer) });
      connectTo(lab.target(last, { jump }));
      const second: Host = { ...node, name: 'node-2' };
      const states = await transport.reachable([node, second], never);
      expect([...states.values()]).toEqual([{ online: true }, { online: true }]);
      expect(await run('echo hello\n')).toMatchObject({ stdout: 'hello\n' });
      expect(last.log().match(/Accepted publickey/g)).toHaveLength(2);
      for (const hop of [outer, inner]) expect(hop.log().match(/Accepted publickey/g)).toHaveLength(1);
    });

    test("a jump host whose key is not known gets nothing, and the node's is asked for as well", async () => {
      const [hop, last] = [await lab.sshd(), await lab.sshd()];
      connectTo(lab.target(last, { jump: lab.target(hop, { knownHosts: [] }) }));
      expect(await reason()).toMatch(/^jump host: the host key of .* is not known/);
      await transport.close();
      connectTo(lab.target(last, { jump: lab.target(hop), knownHosts: [] }));
      expect(await reason()).toMatch(/^the host key of .* is not known/);
    });

    test('a node that the jump host cannot reach', async () => {
      const hop = await lab.sshd();
      const target = lab.target(hop, { port: await freePort(), jump: lab.target(hop) });
      connectTo(target);
      expect(await reason()).toMatch(
        /the jump host cannot connect to 127\.0\.0\.1:\d+ \(.*Connection refused/,
      );
    });
  });

  describe('as another user than root', () => {
    const missing = ['sudo', 'unshare'].filter((tool) => !hasTool(tool));
    if (missing.length > 0) console.warn(`skipped: ${missing.join(' and ')} not on PATH`);
    const maybe = missing.length === 0 ? test : test.skip;

    /** An account of that machine alone: in a mount namespace of its own. */
    const account = (rule: string) =>
      [
        'at=$(mktemp -d); mount -t tmpfs tmpfs "$at"',
        'cat /etc/passwd >"$at/passwd"; echo "deploy:x:4242:4242::/:/bin/sh" >>"$at/passwd"',
        'cat /etc/group >"$at/group"; echo "deploy:x:4242:" >>"$at/group"',
        'echo "deploy:*:19837:0:99999:7:::" >"$at/shadow"; cat /etc/shadow >>"$at/shadow"',
        `printf 'root ALL=(ALL) ALL\\n%s\\n' '${rule}' >"$at/sudoers"; chmod 440 "$at/sudoers"`,
        'for file in passwd group shadow sudoers; do mount --bind "$at/$file" "/etc/$file"; done',
      ].join('\n');

    maybe('it runs as root through sudo, and is killed through it', async () => {
      const sshd = await lab.sshd({ setUp: account('deploy ALL=(ALL) NOPASSWD: ALL') });
      connectTo(lab.target(sshd, { user: 'deploy' }));
      expect(await run('id -u; echo "$STAGECRAFT_NODE_ID"\n')).toMatchObject({
        kind: 'finished',
        stdout: '0\ni-00000000000000001\n',
      });
      const file = lab.path('pid');
      const outcome = await run(`sleep 1000 & echo $! >${file}; wait\n`, { timeoutSeconds: 2 });
      expect(outcome).toMatchObject({ kind: 'timedOut', reason: expect.not.stringMatching(/not confirmed/) });
      expect(isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
    });

    maybe('where sudo wants a password, nothing runs, and the message says what to do', async () => {
      const sshd = await lab.sshd({ setUp: account('deploy ALL=(ALL) ALL') });
      connectTo(lab.target(sshd, { user: 'deploy' }));
      expect(await run('id -u\n')).toMatchObject({
        kind: 'unreachable',
        reason: expect.stringMatching(/password.*NOPASSWD/s),
      });
    });
  });
});
