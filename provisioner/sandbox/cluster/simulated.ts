import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { ClusterOptions, KubernetesApi } from './api';
import { certificateAuthority } from './certificates';
import { simulatedEtcd } from './etcd';
import { issuerAnswer } from './issuer';
import { kubeconfig } from './kubeconfig';
import { runKubectl } from './kubectl';
import { runCertificate } from './kubectl-certificate';
import { createObjectStore } from './objects';
import { simulatedRegistry } from './simulated-registry';
import type { KubectlRequest } from './stand-in-api';
import { reconcile } from './workloads';

/** An API that answers where a script looks whether it is there; everything else is the simulated kubectl's. */
export async function simulatedApi({ state, identity }: ClusterOptions): Promise<KubernetesApi> {
  const authority = await certificateAuthority(join(state.kubernetes, 'pki'));
  const pair = await authority.issue('apiserver', {
    subject: '/CN=kube-apiserver',
    extensions: 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1',
  });
  const store = createObjectStore(join(state.kubernetes, 'objects.json'));
  const port = await identity.claimPort('kubernetes');
  const address = `127.0.0.1:${port}`;
  let server: Server | undefined;
  return {
    kind: 'simulated',
    address,
    ca: authority.cert,
    registry: simulatedRegistry(store, () => reconcile(store)),
    pair,
    records: store,
    etcd: simulatedEtcd(store, join(state.kubernetes, 'etcd-cluster-id')),
    sign: (request, extensions) => authority.sign(request, { extensions }),
    adminKubeconfig: () => kubeconfig({ address, ca: authority.cert, user: 'default' }),
    kubeletKubeconfig: async ({ name }) =>
      kubeconfig({ address, ca: authority.cert, user: `system:node:${name}` }),
    async kubectl(request) {
      const stdout = issuerDocument(request, join(state.kubernetes, 'pki', 'service-accounts.key'));
      if (stdout !== undefined) return { exitCode: 0, stdout, stderr: '' };
      return request.args[0] === 'certificate'
        ? runCertificate(store, request, (pem, days) =>
            authority.sign(pem, { extensions: 'extendedKeyUsage=clientAuth', days }),
          )
        : runKubectl(store, request);
    },
    async open() {
      server = await listen(createServer({ cert: pair.cert, key: pair.key }, answer(authority.cert)), port);
    },
    async close() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      closing.closeAllConnections();
      await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
    async stop() {},
  };
}

/** The two documents of the token issuer, for the admin; undefined for everything else. */
function issuerDocument(
  { args, as, apiserverArguments }: KubectlRequest,
  keyFile: string,
): string | undefined {
  const [verb, option, path = ''] = args;
  if (verb !== 'get' || option !== '--raw' || as !== 'default') return undefined;
  return issuerAnswer(path, apiserverArguments, keyFile);
}

/** What K3s and Kubernetes answer without credentials. */
function answer(ca: string): RequestListener {
  const pages: Readonly<Record<string, string>> = {
    '/ping': 'pong',
    '/cacerts': ca,
    '/readyz': 'ok',
    '/livez': 'ok',
    '/healthz': 'ok',
    '/version': '{"major":"1","gitVersion":"simulated by the stagecraft sandbox"}\n',
  };
  return (request, response) => {
    const page = pages[(request.url ?? '').replace(/\?.*/, '')];
    response.writeHead(page === undefined ? 401 : 200, { 'Content-Type': 'text/plain' });
    response.end(page ?? 'Unauthorized: this Kubernetes API is simulated; use k3s kubectl on a node\n');
  };
}

function listen(server: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => resolve(server));
  });
}
