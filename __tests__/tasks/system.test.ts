import { readdirSync, readlinkSync } from 'node:fs';
import {
  hostname,
  kernelModule,
  restart,
  service,
  swapOff,
  sysctl,
  systemdUnit,
  timezone,
} from '../../provisioner/tasks';
import { type Bench, bench, canMount, fingerprint, lint, shellcheck, shells } from './harness';

const maybe = canMount ? describe.each(shells) : describe.skip.each(shells);

maybe('system files under $name', (shell) => {
  let on: Bench;

  beforeEach(() => {
    on = bench({
      shell,
      mounts: {
        '/etc': 'etc',
        '/proc/sys': 'proc-sys',
        '/sys/module': 'module',
        '/proc/swaps': 'swaps',
        '/usr/share/zoneinfo': 'zoneinfo',
      },
    });
    on.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
    on.write('etc/group', 'root:x:0:\n');
    on.write('etc/hostname', 'old\n');
    on.write('etc/hosts', '127.0.0.1 localhost\n127.0.1.1 old\n');
    on.write(
      'etc/fstab',
      '/dev/sda1 / ext4 defaults 0 1\n  /swap.img none swap sw 0 0\n# /x none swap sw 0 0\n',
    );
    on.write('etc/sysctl.d/.keep', '');
    on.write('etc/modules-load.d/.keep', '');
    on.write('etc/systemd/system/.keep', '');
    on.write('proc-sys/net/ipv4/ip_forward', '0\n');
    on.write('proc-sys/net/ipv4/range', '1024\t65535\n');
    on.write('module/.keep', '');
    on.write('swaps', 'Filename Type\n');
    on.write('zoneinfo/Asia/Seoul', 'TZif');
    on.write('calls', '');
    // /etc/alternatives is not there for the task: awk is named through it.
    on.fake('awk', 'exec busybox awk "$@"');
    on.fake('systemctl', `echo "$*" >>'${on.dir}/calls'`);
  });
  afterEach(() => on.remove());

  const calls = () => on.read('calls').split('\n').filter(Boolean);

  it('sysctl sets the file and the kernel', () => {
    const task = sysctl({
      file: '90-test',
      values: { 'net.ipv4.ip_forward': 1, 'net.ipv4.range': '32768 60999' },
    });
    const { before } = on.converge(task);
    expect(before.output).toContain('net.ipv4.ip_forward is 0, wanted 1');
    expect(on.read('etc/sysctl.d/90-test.conf')).toBe(
      'net.ipv4.ip_forward = 1\nnet.ipv4.range = 32768 60999\n',
    );
    expect(on.read('proc-sys/net/ipv4/range')).toBe('32768\t60999\n');
  });

  it('sysctl sees a live value that was changed, and a parameter that the kernel lacks', () => {
    const task = sysctl({ file: '90-test', values: { 'net.ipv4.ip_forward': 1 } });
    on.converge(task);
    on.write('proc-sys/net/ipv4/ip_forward', '0\n');
    on.converge(task);
    const missing = sysctl({ file: '90-test', values: { 'net.bridge.bridge-nf-call-iptables': 1 } });
    expect(on.check(missing)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is its module loaded?'),
    });
    expect(on.apply(missing).code).not.toBe(0);
  });

  it('kernelModule loads what is missing', () => {
    on.fake('modprobe', `mkdir "/sys/module/$(echo "$1" | tr - _)"`);
    on.write('module/overlay/.keep', '');
    const { before } = on.converge(kernelModule({ file: 'test', modules: ['overlay', 'br-netfilter'] }));
    expect(before.output).not.toContain('overlay is not loaded');
    expect(before.output).toContain('module br-netfilter is not loaded');
    expect(on.read('etc/modules-load.d/test.conf')).toBe('overlay\nbr-netfilter\n');
    expect(readdirSync(`${on.dir}/module`)).toContain('br_netfilter');
  });

  it('systemdUnit writes it and lets systemd read it', () => {
    const content = '[Service]\nExecStart=/bin/sh -c "echo $X %N"\n';
    on.converge(systemdUnit({ unit: 'thing', content }));
    expect(on.read('etc/systemd/system/thing.service')).toBe(content);
    expect(calls()).toContain('daemon-reload');
    on.converge(systemdUnit({ unit: 'a.timer', dropIn: '90-x', content: '[Timer]\n' }));
    expect(on.read('etc/systemd/system/a.timer.d/90-x.conf')).toBe('[Timer]\n');
  });

  it('systemdUnit sees that systemd has not read the file', () => {
    const task = systemdUnit({ unit: 'thing', content: 'x\n' });
    on.converge(task);
    on.fake(
      'systemctl',
      `case $1 in show) [ -e '${on.dir}/read' ] || echo yes ;; daemon-reload) : >'${on.dir}/read' ;; esac`,
    );
    expect(on.converge(task).before.output).toContain('has not read');
  });

  it('hostname changes the name, the file and the line in hosts', () => {
    on.write('name', 'old\n');
    on.fake('uname', `cat '${on.dir}/name'`);
    on.fake('hostname', `echo "$1" >'${on.dir}/name'`);
    on.converge(hostname({ hostname: 'new' }));
    expect(on.read('name')).toBe('new\n');
    expect(on.read('etc/hostname')).toBe('new\n');
    expect(on.read('etc/hosts')).toBe('127.0.0.1 localhost\n127.0.1.1 new\n');
  });

  it('timezone points to the zone, and knows an unknown one', () => {
    on.converge(timezone({ timezone: 'Asia/Seoul' }));
    expect(readlinkSync(`${on.dir}/etc/localtime`)).toBe('/usr/share/zoneinfo/Asia/Seoul');
    expect(on.apply(timezone({ timezone: 'Mars/Base' }))).toMatchObject({
      code: 1,
      output: expect.stringContaining('tzdata'),
    });
  });

  it('swapOff ends it now and at the next boot, and comments once', () => {
    on.write('swaps', 'Filename Type\n/swap.img file\n');
    on.fake('swapoff', `echo 'Filename Type' >'${on.dir}/swaps'`);
    on.converge(swapOff());
    expect(on.read('etc/fstab')).toBe(
      '/dev/sda1 / ext4 defaults 0 1\n# swap is off on Kubernetes nodes:   /swap.img none swap sw 0 0\n# /x none swap sw 0 0\n',
    );
  });

  it('checks only read', () => {
    const tasks = [
      sysctl({ file: '90-test', values: { 'net.ipv4.ip_forward': 1 } }),
      kernelModule({ file: 'test', modules: ['br_netfilter'] }),
      hostname({ hostname: 'new' }),
      timezone({ timezone: 'Asia/Seoul' }),
      swapOff(),
    ];
    const before = fingerprint(on.dir);
    for (const task of tasks) expect(on.check(task).code).not.toBe(0);
    expect(fingerprint(on.dir)).toBe(before);
  });
});

describe.each(shells)('service under $name', (shell) => {
  let on: Bench;
  beforeEach(() => {
    on = bench({ shell });
    on.write('calls', '');
    state('inactive', 'disabled');
  });
  afterEach(() => on.remove());

  /** A systemctl with one unit, whose state is two files. */
  function state(active: string, enabled: string) {
    on.write('active', active);
    on.write('enabled', enabled);
    on.fake(
      'systemctl',
      `
cd '${on.dir}'
echo "$*" >>calls
while :; do case $1 in --quiet) shift ;; *) break ;; esac; done
case $1 in
  is-active) cat active; [ "$(cat active)" = active ] ;;
  is-enabled) cat enabled; [ "$(cat enabled)" = enabled ] ;;
  enable) printf enabled >enabled ;;
  disable) printf disabled >enabled ;;
  start | restart) [ ! -e broken ] || exit 1; printf active >active ;;
  stop) printf inactive >active ;;
  status) echo 'Active: failed'; exit 3 ;;
esac`,
    );
    on.fake('journalctl', 'echo "the last line of the journal"');
  }

  it('starts and enables', () => {
    const { before } = on.converge(service({ unit: 'k3s' }));
    expect(before.output).toBe(
      'k3s.service is inactive, wanted started\nk3s.service is disabled, wanted enabled\n',
    );
  });

  it('stops and disables', () => {
    state('active', 'enabled');
    on.converge(service({ unit: 'k3s', state: 'stopped' }));
    expect(on.read('active')).toBe('inactive');
  });

  it('prints a line for a unit that is not there', () => {
    on.fake('systemctl', 'exit 4');
    expect(on.check(service({ unit: 'nothing' }))).toMatchObject({
      code: 1,
      output: expect.stringContaining('nothing.service is unknown to systemd, wanted started'),
    });
  });

  it('shows the journal when it does not start', () => {
    on.write('broken', '');
    const { code, output } = on.apply(service({ unit: 'k3s' }));
    expect(code).toBe(1);
    expect(output).toContain('the last line of the journal');
  });

  it('gives up on a start that does not end', () => {
    on.fake('systemctl', 'case $1 in start) exec sleep 60 ;; esac');
    expect(on.apply(service({ unit: 'k3s', timeoutSeconds: 1 }))).toMatchObject({
      code: 1,
      output: expect.stringContaining('took more than 1 s'),
    });
  });

  it('restart is a handler that proves itself', () => {
    const handler = restart('k3s');
    expect(on.apply(handler).code).toBe(0);
    expect(on.read('calls')).toContain('restart k3s.service');
    expect(on.read('active')).toBe('active');
  });

  (shellcheck ? it : it.skip)('is clean', () => {
    for (const task of [service({ unit: 'x' }), service({ unit: 'x', state: 'stopped' }), restart('x')])
      expect(lint(task)).toBe('');
  });
});

it.each(['a b', '-x', 'a;b', ''])('takes no unit named %j', (unit) => {
  expect(() => service({ unit })).toThrow(RangeError);
});

it.each(['ip_forward', 'net.ipv4.x y', 'net..x', '/etc/passwd'])(
  'takes no kernel parameter named %j',
  (key) => {
    expect(() => sysctl({ file: 'x', values: { [key]: 1 } })).toThrow(RangeError);
  },
);
