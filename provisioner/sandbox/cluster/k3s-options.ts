/** The long options of `k3s server` and `k3s agent` (docs.k3s.io, CLI reference), without their hyphens. */

const shared = `
  config debug v vmodule log alsologtostderr token token-file server data-dir node-name with-node-id node-label node-taint
  image-credential-provider-bin-dir image-credential-provider-config selinux lb-server-port node-ip node-external-ip
  node-internal-dns node-external-dns resolv-conf flannel-iface flannel-conf flannel-cni-conf kubelet-arg kube-proxy-arg
  protect-kernel-defaults rootless prefer-bundled-bin docker container-runtime-endpoint default-runtime
  image-service-endpoint disable-default-registry-endpoint nonroot-devices pause-image private-registry snapshotter
  vpn-auth vpn-auth-file enable-pprof airgap-extra-registry disable-apiserver-lb bind-address`;

const serverOnly = `
  https-listen-port supervisor-port apiserver-port apiserver-bind-address advertise-address advertise-port tls-san
  tls-san-security cluster-cidr service-cidr service-node-port-range cluster-dns cluster-domain flannel-backend
  flannel-ipv6-masq flannel-external-ip egress-selector-mode servicelb-namespace write-kubeconfig write-kubeconfig-mode
  write-kubeconfig-group helm-job-image kube-apiserver-arg etcd-arg kube-controller-manager-arg kube-scheduler-arg
  kube-cloud-controller-manager-arg kine-tls agent-token agent-token-file cluster-init cluster-reset
  cluster-reset-restore-path datastore-endpoint datastore-cafile datastore-certfile datastore-keyfile
  etcd-expose-metrics etcd-disable-snapshots etcd-snapshot-name etcd-snapshot-schedule-cron etcd-snapshot-retention
  etcd-snapshot-dir etcd-snapshot-compress etcd-s3 etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-skip-ssl-verify
  etcd-s3-access-key etcd-s3-secret-key etcd-s3-session-token etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-region
  etcd-s3-folder etcd-s3-proxy etcd-s3-config-secret etcd-s3-insecure etcd-s3-timeout etcd-s3-retention default-local-storage-path disable
  disable-scheduler disable-cloud-controller disable-kube-proxy disable-network-policy disable-helm-controller
  disable-agent disable-apiserver disable-controller-manager disable-etcd embedded-registry supervisor-metrics
  secrets-encryption secrets-encryption-provider datastore-max-idle-connections datastore-max-open-connections
  datastore-connection-max-lifetime`;

export const agentOptions: ReadonlySet<string> = new Set(words(shared));
export const serverOptions: ReadonlySet<string> = new Set([...words(shared), ...words(serverOnly)]);

/** Options that may be given several times. */
export const repeatableOptions: ReadonlySet<string> = new Set(
  words(`node-label node-taint node-ip node-external-ip kubelet-arg kube-proxy-arg kube-apiserver-arg etcd-arg
    kube-controller-manager-arg kube-scheduler-arg kube-cloud-controller-manager-arg tls-san cluster-cidr service-cidr
    cluster-dns disable airgap-extra-registry`),
);

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
