/** What one environment adds to a kubeconfig: a cluster, a user and a context of the same name. */
export interface KubeconfigEntry {
  /** Name of the three. */
  readonly name: string;
  /** `https://host:port` */
  readonly server: string;
  /** The name that the API's certificate is checked for, where that is not the server's. */
  readonly tlsServerName?: string;
  /** PEM of the authority that signs the API's certificate. */
  readonly ca: string;
  /** PEM of the client's certificate, and of its key. */
  readonly certificate: string;
  readonly key: string;
}

/** The three entries as kubectl writes them, by the list that they belong to. */
export function entriesOf(
  entry: KubeconfigEntry,
): Readonly<Record<'clusters' | 'users' | 'contexts', object>> {
  const { name, tlsServerName } = entry;
  return {
    clusters: {
      name,
      cluster: {
        server: entry.server,
        ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }),
        'certificate-authority-data': base64(entry.ca),
      },
    },
    users: {
      name,
      user: {
        'client-certificate-data': base64(entry.certificate),
        'client-key-data': base64(entry.key),
      },
    },
    contexts: { name, context: { cluster: name, user: name } },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
