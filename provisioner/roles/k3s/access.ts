import { type Shell, sh } from '../../engine/shell';
import type { Role } from '../../engine/task';
import { toYamlDocuments } from '../../tasks';
import { onRequest } from '../../tasks/on-request';
import type { RoleContext } from '../context';

/** What a person may do with the cluster: everything, or look at all but secrets. */
export type AccessLevel = 'admin' | 'view';

export interface AccessRequest {
  readonly level: AccessLevel;
  /** PKCS #10, PEM: public. */
  readonly request: string;
  /** Seconds that the certificate is valid; the API asks for 600 at least. */
  readonly seconds: number;
  /** Name of the request's object: a DNS subdomain, unique. */
  readonly name: string;
}

/** The group that stands behind each level. `system:masters` is not to be had this way, and could not be taken back. */
export const accessGroups: Readonly<Record<AccessLevel, string>> = {
  admin: 'stagecraft:admins',
  view: 'stagecraft:viewers',
};

/**
 * A client certificate for somebody's own key, signed by the cluster through the API's certificate requests
 * (`kubernetes.io/kube-apiserver-client`). Only what is public crosses the transport: the request goes in, the certificate
 * and the authority's come out, as `certificate=` and `ca=` in base64.
 */
export function accessRole(wanted: AccessRequest): Role<RoleContext> {
  return {
    name: 'kubeconfig',
    tasks: () => [
      onRequest({
        name: 'a client certificate is signed',
        tag: 'access',
        command: sign(wanted),
      }),
    ],
  };
}

/** Reads what the task printed. */
export function signedCertificate(output: string): { certificate: string; ca: string } | undefined {
  const value = (name: string) => {
    const [, encoded] = new RegExp(`^${name}=([A-Za-z0-9+/=]+)$`, 'm').exec(output) ?? [];
    const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
    return text.includes('-----BEGIN CERTIFICATE-----') ? text : undefined;
  };
  const [certificate, ca] = [value('certificate'), value('ca')];
  return certificate === undefined || ca === undefined ? undefined : { certificate, ca };
}

function sign({ level, request, seconds, name }: AccessRequest): Shell {
  return sh`printf '%s' ${toYamlDocuments(grants(level))} | k3s kubectl apply --filename - >/dev/null
printf '%s' ${toYamlDocuments([requestObject(name, request, seconds)])} | k3s kubectl apply --filename - >/dev/null
k3s kubectl certificate approve ${name} >/dev/null
signed='' deadline=$(($(date +%s) + 60))
until [ -n "$signed" ]; do
  signed=$(k3s kubectl get csr ${name} --output 'jsonpath={.status.certificate}')
  if [ -n "$signed" ]; then break; fi
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'the cluster did not sign the certificate within 60 s; kube-controller-manager does that, its log is in the journal of k3s.service'
    k3s kubectl get csr ${name} --output yaml
    exit 1
  fi
  sleep 1
done
k3s kubectl delete csr ${name} >/dev/null
printf 'certificate=%s\\n' "$signed"
printf 'ca=%s\\n' "$(base64 </var/lib/rancher/k3s/server/tls/server-ca.crt | tr -d '\\n')"`;
}

/** The level's role, bound to its group. */
function grants(level: AccessLevel): object[] {
  if (level === 'admin') return [binding(accessGroups.admin, 'cluster-admin')];
  const wide = `${accessGroups.view}:cluster`;
  return [
    binding(accessGroups.view, 'view'),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: wide },
      // What `view` leaves out because it belongs to no namespace.
      rules: [
        { apiGroups: [''], resources: ['nodes', 'persistentvolumes'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['metrics.k8s.io'], resources: ['nodes'], verbs: ['get', 'list'] },
      ],
    },
    { ...binding(accessGroups.view, wide), metadata: { name: wide } },
  ];
}

const RBAC = 'rbac.authorization.k8s.io';

function binding(group: string, role: string) {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: group },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
  };
}

function requestObject(name: string, request: string, seconds: number) {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      expirationSeconds: seconds,
      usages: ['client auth'],
    },
  };
}
