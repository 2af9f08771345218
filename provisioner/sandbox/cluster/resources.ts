/** Names of Kubernetes resources, as kubectl takes them. */
export interface Resource {
  readonly kind: string;
  readonly plural: string;
  readonly group: string;
  readonly namespaced: boolean;
}

const table: readonly (readonly [
  kind: string,
  plural: string,
  short: string,
  group: string,
  namespaced: boolean,
])[] = [
  ['Node', 'nodes', 'no', '', false],
  ['Namespace', 'namespaces', 'ns', '', false],
  ['PersistentVolume', 'persistentvolumes', 'pv', '', false],
  ['Pod', 'pods', 'po', '', true],
  ['Secret', 'secrets', '', '', true],
  ['ConfigMap', 'configmaps', 'cm', '', true],
  ['Service', 'services', 'svc', '', true],
  ['ServiceAccount', 'serviceaccounts', 'sa', '', true],
  ['PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc', '', true],
  ['ResourceQuota', 'resourcequotas', 'quota', '', true],
  ['LimitRange', 'limitranges', 'limits', '', true],
  ['Deployment', 'deployments', 'deploy', 'apps', true],
  ['StatefulSet', 'statefulsets', 'sts', 'apps', true],
  ['DaemonSet', 'daemonsets', 'ds', 'apps', true],
  ['Job', 'jobs', '', 'batch', true],
  ['CronJob', 'cronjobs', 'cj', 'batch', true],
  ['Ingress', 'ingresses', 'ing', 'networking.k8s.io', true],
  ['IngressClass', 'ingressclasses', '', 'networking.k8s.io', false],
  ['NetworkPolicy', 'networkpolicies', 'netpol', 'networking.k8s.io', true],
  ['StorageClass', 'storageclasses', 'sc', 'storage.k8s.io', false],
  ['PriorityClass', 'priorityclasses', 'pc', 'scheduling.k8s.io', false],
  ['Role', 'roles', '', 'rbac.authorization.k8s.io', true],
  ['RoleBinding', 'rolebindings', '', 'rbac.authorization.k8s.io', true],
  ['ClusterRole', 'clusterroles', '', 'rbac.authorization.k8s.io', false],
  ['ClusterRoleBinding', 'clusterrolebindings', '', 'rbac.authorization.k8s.io', false],
  ['CertificateSigningRequest', 'certificatesigningrequests', 'csr', 'certificates.k8s.io', false],
  ['PodDisruptionBudget', 'poddisruptionbudgets', 'pdb', 'policy', true],
  ['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa', 'autoscaling', true],
  ['CustomResourceDefinition', 'customresourcedefinitions', 'crd', 'apiextensions.k8s.io', false],
  ['Lease', 'leases', '', 'coordination.k8s.io', true],
  ['HelmChart', 'helmcharts', '', 'helm.cattle.io', true],
  ['HelmChartConfig', 'helmchartconfigs', '', 'helm.cattle.io', true],
];

/** The resource of an object's kind. A kind that the table lacks is a custom resource: namespaced, with a regular plural. */
export function resourceOfKind(kind: string, apiVersion: string): Resource {
  const known = table.find(([name]) => name === kind);
  if (known !== undefined) return fromRow(known);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return { kind, plural: pluralOf(kind), group, namespaced: true };
}

/** The resource that somebody means: `node`, `nodes`, `no`, `deployments.apps`; custom ones where there are objects of them. */
export function findResource(word: string, stored: readonly Resource[]): Resource | undefined {
  const name = word.toLowerCase().split('.')[0] ?? '';
  const known = table.find(
    ([kind, plural, short]) => [kind.toLowerCase(), plural, short].includes(name) && name !== '',
  );
  if (known !== undefined) return fromRow(known);
  return stored.find((resource) => [resource.kind.toLowerCase(), resource.plural].includes(name));
}

/** `node/x`, `deployment.apps/x`: how kubectl names an object. */
export function objectName(resource: Resource, name: string): string {
  return `${resource.kind.toLowerCase()}${resource.group === '' ? '' : `.${resource.group}`}/${name}`;
}

function fromRow([kind, plural, , group, namespaced]: (typeof table)[number]): Resource {
  return { kind, plural, group, namespaced };
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
