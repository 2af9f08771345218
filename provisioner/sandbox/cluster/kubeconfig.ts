import { stringify } from 'yaml';

export interface KubeconfigOptions {
  /** host:port of the API. */
  readonly address: string;
  /** PEM of the certificate authority. */
  readonly ca: string;
  /** `default` for the admin, as K3s names it; `system:node:<name>` for a kubelet. */
  readonly user: string;
  /** PEM; absent where nothing checks them. */
  readonly clientCert?: string;
  readonly clientKey?: string;
}

/** A kubeconfig; the name of its context tells the simulated kubectl whose it is. */
export function kubeconfig(options: KubeconfigOptions): string {
  const encode = (pem: string) => Buffer.from(pem).toString('base64');
  const { user, clientCert, clientKey } = options;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'default',
          cluster: {
            server: `https://${options.address}`,
            'certificate-authority-data': encode(options.ca),
          },
        },
      ],
      users: [
        {
          name: user,
          user: {
            ...(clientCert !== undefined && { 'client-certificate-data': encode(clientCert) }),
            ...(clientKey !== undefined && { 'client-key-data': encode(clientKey) }),
          },
        },
      ],
      contexts: [{ name: user, context: { cluster: 'default', user } }],
      'current-context': user,
      preferences: {},
    },
    { lineWidth: 0 },
  );
}
