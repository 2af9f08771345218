import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(__dirname, '..', '..');

/** A copy of what the app consists of, so that a test can break it. */
const copied = [
  'main.ts',
  'cdktf.json',
  'package.json',
  'tsconfig.json',
  'environments',
  'stacks',
  'provisioner/inventory/schema.ts',
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagecraft-app-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the app as cdktf.json tells the cdktf command line to. */
function synthesize(directory: string) {
  const { app }: { readonly app: string } = JSON.parse(readFileSync(join(project, 'cdktf.json'), 'utf8'));
  const [command = '', ...args] = app.split(' ');
  const out = join(folder, 'out');
  const result = spawnSync(command, args, {
    cwd: directory,
    encoding: 'utf8',
    // No credentials and nowhere to ask: what is wrong has to be found without AWS.
    env: {
      ...process.env,
      CDKTF_OUTDIR: out,
      NODE_OPTIONS: '',
      GITHUB_TOKEN: '',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    },
  });
  return { ...result, out };
}

function copyWith(file: string, content: string): string {
  const directory = join(folder, 'app');
  for (const path of copied) cpSync(join(project, path), join(directory, path), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, file), content);
  return directory;
}

describe('the CDKTF app', () => {
  it('has the stacks bootstrap, dev and prod', () => {
    const { status, stderr, out } = synthesize(project);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readdirSync(join(out, 'stacks')).sort()).toEqual(['bootstrap', 'dev', 'prod']);
  });

  it('reads of the provisioner only the inventory’s schema', () => {
    const { status, stderr } = synthesize(copyWith('notes.txt', ''));
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('a broken environment', () => {
  it.each([
    [
      'wrong values',
      `export default { name: 'prod', production: true, servers: { count: 2, spot: true }, databse: {} };`,
      'environments/prod.ts: 2 mistakes\n' +
        '  servers.count: 2 is not allowed; allowed: an odd number (1, 3, 5 or 7): an even one adds a server without surviving one more failure\n' +
        '  databse: unknown setting; did you mean "database"?\n',
    ],
    [
      'no value',
      'export const prod = {};',
      'environments/prod.ts: 1 mistake\n  the environment: missing; give settings in braces\n',
    ],
    [
      'an error of its own',
      `throw new Error('no such thing');`,
      'environments/prod.ts cannot be read\n  no such thing\n',
    ],
  ])('with %s ends with readable lines and without a stack', (_, content, expected) => {
    const { status, stderr, stdout, out } = synthesize(copyWith('environments/prod.ts', content));
    expect(stderr).toBe(expected);
    expect(stdout).toBe('');
    expect(status).toBe(1);
    expect(existsSync(join(out, 'stacks'))).toBe(false);
  });

  const dev = (settings: string) => `export default { name: 'dev', ${settings} };`;
  const zone = `zone: 'example.com', site: 'dev.example.com', api: 'devapi.example.com'`;
  it.each([
    [
      'networks that overlap each other',
      dev(`network: { cidr: '10.20.128.0/17' }`),
      /^The networks of environments overlap\.\n {2}environments\/prod\.ts: network\.cidr: "10\.20\.0\.0\/16" overlaps that of dev \(10\.20\.128\.0\/17\).*\n$/,
    ],
    [
      'a pod network that overlaps its own',
      dev(`k3s: { podCidr: '10.0.0.0/15' }`),
      /k3s\.podCidr: "10\.0\.0\.0\/15" is not allowed; allowed: a block that does not overlap network\.cidr/,
    ],
    [
      'a zone that the region lacks',
      dev(`network: { availabilityZones: ['ap-northeast-2a', 'ap-northeast-2f'] }`),
      /availabilityZones\[1\]: "ap-northeast-2f" is not allowed; allowed: a zone of the region ap-northeast-2: /,
    ],
    [
      'a region that there is not',
      dev(`region: 'ap-northeast-7', network: { availabilityZones: ['ap-northeast-7a'] }`),
      /region: "ap-northeast-7" is not allowed; .*environments\/zones\.ts\); did you mean/,
    ],
    [
      'an unknown instance type',
      dev(`servers: { instanceType: 't4g.mediun', arch: 'arm64' }`),
      /servers\.instanceType: "t4g\.mediun" is not allowed; .*"t4g\.medium"/,
    ],
    [
      'a domain without a zone',
      dev(`domains: { site: 'dev.example.com', api: 'devapi.example.com' }`),
      /domains\.zone: missing; give a host name/,
    ],
    [
      'a domain outside its zone',
      dev(`domains: { ${zone.replace('dev.example.com', 'dev.example.org')} }`),
      /domains\.site: "dev\.example\.org" is not allowed; allowed: a host in the zone example\.com/,
    ],
    [
      'settings for GitHub without a token',
      dev(`domains: { ${zone} }, github: { owner: 'us', repositories: { 'user-service': 'user-service' } }`),
      /^The variable GITHUB_TOKEN is missing\.\n {2}environments\/dev\.ts: github\.settings is "write"/,
    ],
  ])('with %s is found before AWS is asked, in one line', (_, content, expected) => {
    const { status, stderr, out } = synthesize(copyWith('environments/dev.ts', content));
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(status).toBe(1);
    expect(existsSync(join(out, 'stacks'))).toBe(false);
  });

  it('with a syntax error names the file and has no stack', () => {
    const { status, stderr } = synthesize(copyWith('environments/prod.ts', 'export default {{ name: 1;'));
    expect(stderr).toMatch(/^environments\/prod\.ts cannot be read\n/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
  });

  it('tells the mistakes of all environments at once', () => {
    const directory = copyWith('environments/prod.ts', `export default { name: 'prod' };`);
    writeFileSync(join(directory, 'environments/dev.ts'), `export default { name: 'dev', regoin: 'x' };`);
    const { stderr } = synthesize(directory);
    expect(stderr).toContain('2 environments have mistakes');
    expect(stderr).toContain('regoin: unknown setting; did you mean "region"?');
    expect(stderr).toContain('production: false is not allowed');
  });
});
