/** What the stand-ins on the nodes ask of the cluster: forms over loopback HTTP, with a key that only root of a node can read. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { quote } from '../../engine/shell';
import type { SimulatedEtcd } from './etcd';
import { K3sFatal, type K3sRole, readConfig } from './k3s-config';
import { answerAsKubelet } from './kubelet';
import { fullToken, type Member, type Members, NotYet } from './members';

/** Output of a command, both streams whole. */
export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlRequest {
  readonly args: readonly string[];
  /** `default` for the admin's kubeconfig, `system:node:<name>` for a kubelet's. */
  readonly as: string;
  /** What `-f` named, as one YAML stream. */
  readonly manifest: string;
  readonly version: string;
  /** Of the kube-apiserver that is asked. */
  readonly apiserverArguments: readonly string[];
}

export interface StandInApiOptions {
  readonly key: string;
  readonly members: Members;
  /** PEM of the certificate authority. */
  readonly ca: string;
  readonly sign: (request: string, extensions: string) => Promise<string>;
  readonly adminKubeconfig: () => string;
  readonly kubeletKubeconfig: (member: Member) => Promise<string>;
  /** Undefined where the API is a real one. */
  readonly etcd?: SimulatedEtcd;
  /** Undefined where a real kubectl answers. */
  readonly kubectl?: (request: KubectlRequest) => Promise<CommandOutput>;
}

/** Packaged components of K3s that `disable` can leave out. */
const PACKAGED = ['ccm', 'coredns', 'local-storage', 'metrics-server', 'rolebindings', 'runtimes', 'traefik'];

export function standInApi(options: StandInApiOptions): RequestListener {
  return (request, response) => {
    void serve(request, response, options).catch((error: unknown) => refuse(response, error));
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: StandInApiOptions,
): Promise<void> {
  if (answerAsKubelet(request, response, options.members)) return;
  if (!isKey(request.headers.authorization ?? '', `Bearer ${options.key}`))
    return reply(response, 403, 'wrong key\n');
  const path = request.url ?? '';
  if (path.startsWith('/k3s/session/'))
    return hold(response, options.members, path.slice('/k3s/session/'.length));
  const form = new URLSearchParams(await bodyOf(request));
  if (path === '/k3s/plan') return reply(response, 200, plan(form, options.members));
  if (path === '/k3s/join') return reply(response, 200, await join(form, options));
  if (path.startsWith('/k3s/etcd/'))
    return reply(response, 200, etcd(path.slice('/k3s/etcd/'.length), form, options));
  if (path.startsWith('/k3s/file/'))
    return reply(response, 200, await file(path.slice('/k3s/file/'.length), form, options));
  if (path === '/k3s/answers')
    return reply(response, options.members.answersOn(field(form, 'node')) ? 200 : 503, '');
  if (
    path === '/kubectl' &&
    options.kubectl !== undefined &&
    options.members.answersOn(field(form, 'node'))
  ) {
    const output = await options.kubectl({
      args: form.getAll('arg'),
      as: field(form, 'as'),
      manifest: field(form, 'manifest'),
      version: field(form, 'version'),
      apiserverArguments: options.members.apiserverArgumentsFor(field(form, 'node')),
    });
    return reply(response, 200, framed(output));
  }
  return reply(response, 404, 'not found\n');
}

/** Checks a configuration and tells the process what follows from it, as assignments of shell. */
function plan(form: URLSearchParams, members: Members): string {
  const paths = form.getAll('path');
  const config = readConfig({
    role: roleOf(field(form, 'role')),
    files: form.getAll('file').map((content, index) => ({ path: paths[index] ?? '', content })),
    args: form.getAll('arg'),
    environment: Object.fromEntries(
      form.getAll('env').map((text) => [text.replace(/=.*/s, ''), text.replace(/^[^=]*=/, '')]),
    ),
  });
  const { id, member } = members.prepare(field(form, 'node'), config, {
    version: field(form, 'version'),
    hostname: field(form, 'hostname'),
    disk: { etcd: field(form, 'etcd') === 'yes', servers: serversIn(field(form, 'servers')) },
  });
  const disabled = config.values('disable').flatMap((value) => value.split(','));
  const answers = {
    plan: id,
    name: member.name,
    token: config.value('token') ?? '',
    token_file: config.value('token-file') ?? '',
    mode: fileMode(config.value('write-kubeconfig-mode') ?? '0600'),
    kubeconfig: config.value('write-kubeconfig') ?? '/etc/rancher/k3s/k3s.yaml',
    protect: String(config.isTrue('protect-kernel-defaults')),
    etcd: member.etcd ? 'yes' : 'no',
    reset: String(config.isTrue('cluster-reset')),
    restore: config.value('cluster-reset-restore-path') ?? '',
    s3: String(config.isTrue('etcd-s3')),
    packaged: PACKAGED.filter((component) => !disabled.includes(component)).join(' '),
    disabled: PACKAGED.filter((component) => disabled.includes(component)).join(' '),
  };
  return Object.entries(answers)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
}

/** A server whose data is of the cluster before a reset doesn't get in: it has to forget it first. */
async function join(form: URLSearchParams, { members, etcd: keeper }: StandInApiOptions): Promise<string> {
  const clusterId = field(form, 'cluster-id');
  if (keeper !== undefined && clusterId !== '' && clusterId !== keeper.clusterId)
    throw new K3sFatal(
      `Failed to test data store connection: this server is a not a member of the etcd cluster. Found cluster ${clusterId}, expect: ${keeper.clusterId}`,
    );
  return members.join(field(form, 'plan'), field(form, 'token'));
}

function etcd(verb: string, form: URLSearchParams, { members, etcd: keeper }: StandInApiOptions): string {
  if (keeper === undefined)
    throw new K3sFatal('etcd is a real one here (KUBEBUILDER_ASSETS): its snapshots are not simulated');
  const node = field(form, 'name');
  switch (verb) {
    case 'cluster-id':
      return keeper.clusterId;
    case 'snapshot':
      if (!members.isEtcdUp(node)) throw new K3sFatal('etcd datastore is not started');
      return keeper.snapshot();
    case 'reset':
      if (members.isEtcdUp(node)) throw new K3sFatal(`listen tcp :6443: bind: address already in use`);
      keeper.reset(node, form.has('snapshot') ? field(form, 'snapshot') : undefined, field(form, 'token'));
      return '';
    default:
      throw new K3sFatal(`no such question about etcd: ${verb}`);
  }
}

/** Octal, with or without a leading zero. */
function fileMode(text: string): string {
  if (!/^0?[0-7]{3}$/.test(text))
    throw new K3sFatal(`write-kubeconfig-mode: strconv.ParseInt: parsing "${text}": invalid syntax`);
  return text;
}

async function file(name: string, form: URLSearchParams, options: StandInApiOptions): Promise<string> {
  const member = options.members.memberOfSession(field(form, 'session'));
  if (member === undefined) throw new K3sFatal('unknown session');
  if (name === 'ca') return options.ca;
  if (name === 'certificate')
    return options.sign(field(form, 'request'), `extendedKeyUsage=${usages(field(form, 'usages'))}`);
  if (name === 'servers')
    return `${JSON.stringify({ ServerAddresses: options.members.serverAddresses() })}\n`;
  if (name === 'kubelet') return options.kubeletKubeconfig(member);
  if (name === 'admin' && member.role === 'server') return options.adminKubeconfig();
  if (name === 'token' && member.role === 'server') return `${fullToken(options.ca, field(form, 'token'))}\n`;
  throw new K3sFatal(`there is no file ${name} for ${member.role}s`);
}

/** What a certificate is for, in openssl's words. */
function usages(text: string): string {
  if (/^(client|server)Auth(,(client|server)Auth)?$/.test(text)) return text;
  throw new K3sFatal(`no usages of a certificate: ${text}`);
}

/** The node is in the cluster while this request lasts. */
async function hold(response: ServerResponse, members: Members, session: string): Promise<void> {
  const over = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  try {
    await members.attach(session, over);
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write('ready\n');
    members.listen(session, (line) => response.write(`${line}\n`));
    await over;
  } finally {
    await members.detach(session);
    response.end();
  }
}

const knownServers = z.object({ ServerAddresses: z.array(z.string()) });

/** What the stand-in of K3s's load balancer has kept; nothing where it has not. */
function serversIn(text: string): readonly string[] {
  try {
    return knownServers.parse(JSON.parse(text)).ServerAddresses;
  } catch {
    return [];
  }
}

function framed({ exitCode, stdout, stderr }: CommandOutput): string {
  const mark = (text: string, whole: string, partial: string) => {
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    return [
      ...lines.map((line) => `${whole}${line}\n`),
      ...(last === '' ? [] : [`${partial}${last}\n`]),
    ].join('');
  };
  return `${exitCode}\n${mark(stdout, 'O', 'o')}${mark(stderr, 'E', 'E')}`;
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (error instanceof NotYet) reply(response, error.status, error.message);
  else if (error instanceof K3sFatal) reply(response, 422, error.message);
  else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    reply(response, 500, error instanceof Error ? error.message : String(error));
  }
}

function roleOf(text: string): K3sRole {
  if (text === 'server' || text === 'agent') return text;
  throw new K3sFatal(`unknown command ${text}`);
}

function field(form: URLSearchParams, name: string): string {
  return form.get(name) ?? '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function isKey(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(body);
}
