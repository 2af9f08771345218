/** A real Kubernetes API on loopback: etcd and kube-apiserver from KUBEBUILDER_ASSETS, the convention of envtest. */
import { accessSync, constants, existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors';
import { issuerDocuments } from '../../inventory/schema';
import { freePort } from '../free-port';
import { issuerOf } from '../inventory';
import { MARKER } from '../process-table';
import type { ClusterOptions, KubernetesApi } from './api';
import { type ApiClient, apiClient } from './api-client';
import { certificateAuthority, type KeyPair } from './certificates';
import { gate } from './gate';
import { OWN_ISSUER } from './issuer';
import { kubeconfig } from './kubeconfig';
import { createObjectStore } from './objects';
import { type Program, startProgram } from './program';
import { realRegistry } from './real-registry';

export interface RealApi extends KubernetesApi {
  /** host:port of kube-apiserver itself, which answers whether or not the cluster is up. */
  readonly direct: string;
  /** The real kubectl, on the host. */
  readonly kubectlPath: string;
}

/** Seconds that the API may take to its first answer. */
const START_SECONDS = 90;

/** @throws UserError when a program is missing or the API does not come up */
export async function realApi({ state, identity, plan }: ClusterOptions, assets: string): Promise<RealApi> {
  const programs = {
    etcd: program(assets, 'etcd'),
    apiserver: program(assets, 'kube-apiserver'),
    kubectl: program(assets, 'kubectl'),
  };
  const folder = state.kubernetes;
  const pki = await makeCertificates(join(folder, 'pki'));
  const ports = { etcd: await freePort(), peer: await freePort(), api: await freePort() };
  const publicPort = await identity.claimPort('kubernetes');
  const address = `127.0.0.1:${publicPort}`;
  const marker = { [MARKER]: state.root };
  const running: Program[] = [];
  const start = (name: string, path: string, args: readonly string[]) => {
    const started = startProgram({ name, path, args, log: join(folder, `${name}.log`), marker });
    running.push(started);
    return started;
  };
  const stopAll = async () => {
    for (const started of running.reverse()) await started.stop();
  };
  const client = apiClient({ port: ports.api, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key });
  try {
    start('etcd', programs.etcd, etcdArguments(join(folder, 'etcd'), ports));
    start('kube-apiserver', programs.apiserver, apiserverArguments(pki, ports, publicPort, issuerOf(plan)));
    await untilReady(client, running, folder);
    startControllers(assets, { pki, ports, folder, start });
  } catch (error) {
    await stopAll();
    throw error;
  }
  const door = gate(publicPort, ports.api);
  return {
    kind: 'real',
    address,
    ca: pki.ca.cert,
    direct: `127.0.0.1:${ports.api}`,
    kubectlPath: programs.kubectl,
    registry: await realRegistry(client),
    pair: pki.apiserver,
    records: createObjectStore(join(folder, 'objects.json')),
    sign: (request, extensions) => pki.ca.sign(request, { extensions }),
    adminKubeconfig: () =>
      kubeconfig({
        address,
        ca: pki.ca.cert,
        user: 'default',
        clientCert: pki.admin.cert,
        clientKey: pki.admin.key,
      }),
    async kubeletKubeconfig({ name }) {
      const user = `system:node:${name}`;
      const pair = await pki.ca.issue(`kubelet-${name}`, {
        subject: `/O=system:nodes/CN=${user}`,
        extensions: CLIENT,
      });
      return kubeconfig({ address, ca: pki.ca.cert, user, clientCert: pair.cert, clientKey: pair.key });
    },
    open: () => door.open(),
    close: () => door.close(),
    stop: stopAll,
  };
}

/**
 * Where kube-controller-manager is there too (envtest doesn't bring it): the controllers that sign certificates, add up
 * roles such as `view`, and watch over disruption budgets. Nothing else of it, for nothing runs pods here.
 */
function startControllers(
  assets: string,
  {
    pki,
    ports,
    folder,
    start,
  }: {
    readonly pki: Awaited<ReturnType<typeof makeCertificates>>;
    readonly ports: Ports;
    readonly folder: string;
    readonly start: (name: string, path: string, args: readonly string[]) => Program;
  },
): void {
  const path = join(assets, 'kube-controller-manager');
  if (!existsSync(path)) return;
  const file = join(folder, 'controllers.kubeconfig');
  const { ca, admin } = pki;
  const access = { address: `127.0.0.1:${ports.api}`, ca: ca.cert, user: 'controllers' };
  writeFileSync(file, kubeconfig({ ...access, clientCert: admin.cert, clientKey: admin.key }), {
    mode: 0o600,
  });
  start('kube-controller-manager', path, [
    ...[`--kubeconfig=${file}`, '--leader-elect=false', '--secure-port=0'],
    '--controllers=certificatesigningrequest-signing-controller,clusterrole-aggregation-controller,disruption-controller',
    ...[`--cluster-signing-cert-file=${ca.certFile}`, `--cluster-signing-key-file=${ca.keyFile}`],
  ]);
}

const CLIENT = 'extendedKeyUsage=clientAuth';

async function makeCertificates(folder: string) {
  const ca = await certificateAuthority(folder);
  const apiserver = await ca.issue('apiserver', {
    subject: '/CN=kube-apiserver',
    extensions: 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1',
  });
  const admin = await ca.issue('admin', { subject: '/O=system:masters/CN=system:admin', extensions: CLIENT });
  const accounts = await ca.issue('service-accounts', {
    subject: '/CN=service-accounts',
    extensions: CLIENT,
  });
  return { ca, apiserver, admin, accounts };
}

interface Ports {
  readonly etcd: number;
  readonly peer: number;
  readonly api: number;
}

function etcdArguments(data: string, { etcd, peer }: Ports): string[] {
  const [clients, peers] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${peer}`];
  return [
    ...['--name=sandbox', `--data-dir=${data}`, '--log-level=warn'],
    // A sandbox that loses a second of data at a power cut is a fair price for a quick start.
    '--unsafe-no-fsync',
    ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
    ...[
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=sandbox=${peers}`,
    ],
    // The peer's port is another one after each `down`.
    '--force-new-cluster',
  ];
}

function apiserverArguments(
  {
    ca,
    apiserver,
    accounts,
  }: { readonly ca: KeyPair; readonly apiserver: KeyPair; readonly accounts: KeyPair },
  { etcd, api }: Ports,
  publicPort: number,
  issuer: string,
): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${api}`],
    `--external-hostname=127.0.0.1:${publicPort}`,
    ...[`--tls-cert-file=${apiserver.certFile}`, `--tls-private-key-file=${apiserver.keyFile}`],
    `--client-ca-file=${ca.certFile}`,
    // What the servers' configuration asks for; the rest as K3s starts it. It runs before there is any server.
    ...[`--service-account-issuer=${issuer}`, `--service-account-issuer=${OWN_ISSUER}`],
    `--service-account-jwks-uri=${issuer}/${issuerDocuments.keys}`,
    `--api-audiences=${OWN_ISSUER},k3s`,
    ...[
      `--service-account-key-file=${accounts.certFile}`,
      `--service-account-signing-key-file=${accounts.keyFile}`,
    ],
    ...['--service-cluster-ip-range=10.43.0.0/16', '--authorization-mode=Node,RBAC'],
    // Nothing runs pods here, so nothing makes the accounts that this plugin would wait for.
    ...['--enable-admission-plugins=NodeRestriction', '--disable-admission-plugins=ServiceAccount'],
    ...['--allow-privileged=true', '--endpoint-reconciler-type=none'],
  ];
}

async function untilReady(client: ApiClient, programs: readonly Program[], folder: string): Promise<void> {
  for (const until = Date.now() + START_SECONDS * 1000; Date.now() < until; await sleep(100)) {
    const ended = programs.find((started) => !started.running);
    if (ended !== undefined)
      throw new UserError(
        `${ended.name} ended while it was starting:\n${ended.lastLines()}`,
        `Its whole log: ${join(folder, `${ended.name}.log`)}`,
      );
    if (await client.isReady()) return;
  }
  throw new UserError(
    `the Kubernetes API did not answer within ${START_SECONDS} seconds`,
    `Its logs are in ${folder}.`,
  );
}

function program(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    accessSync(path, constants.X_OK);
    realpathSync(path);
    return path;
  } catch {
    throw new UserError(
      `KUBEBUILDER_ASSETS has no program ${name}: ${path}`,
      'Point it at a folder with etcd, kube-apiserver and kubectl (setup-envtest makes one), or unset it for the simulated API.',
    );
  }
}
