/**
 * Who did what in the cluster: changes with their content, reads by their metadata, and nothing of the control plane's
 * own chatter. Secrets, config maps and tokens never with their content (Kubernetes, "Auditing").
 */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  // One record a request, when it is answered.
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'None',
      nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version', '/metrics', '/openapi/*'],
    },
    { level: 'None', resources: [{ group: '', resources: ['events'] }, { group: 'events.k8s.io' }] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    {
      level: 'None',
      userGroups: ['system:nodes'],
      verbs: ['get', 'list', 'watch', 'patch', 'update'],
      resources: [{ group: '', resources: ['nodes', 'nodes/status', 'pods/status'] }],
    },
    {
      level: 'None',
      users: [
        'system:kube-controller-manager',
        'system:kube-scheduler',
        'system:kube-proxy',
        'system:apiserver',
        'system:k3s-controller',
      ],
      verbs: ['get', 'list', 'watch'],
    },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    { level: 'Request', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
};
